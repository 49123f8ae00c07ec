import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BasicAuth, Guard, Route } from '../../../../src/gateway/model/route.ts'
import { buildTable } from '../../../../src/gateway/model/table.ts'
import { desiredOf } from '../../../../src/plugins/haproxy/render/desired-of.ts'
import { defaultRenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { renderFiles } from '../../../../src/plugins/haproxy/render/render-files.ts'
import { eventually } from '../../../support/eventually.ts'
import {
  type Answer,
  ask,
  haproxyUnderTest,
  settled,
  startTask,
  withoutHaproxy
} from '../../../support/haproxy.ts'
import { routeTo, serviceOf } from '../../../support/rendered-tables.ts'
import { exchange, servicePorts } from '../../../support/service-port-stage.ts'

const real = { skip: withoutHaproxy, timeout: 120_000 }
const NETWORKS: Guard = { networks: ['10.0.0.0/8'] }
const AUTH: BasicAuth = {
  realm: 'shop',
  users: [
    {
      name: 'ann',
      hash: '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9'
    }
  ]
}
const BETA = { headers: { cookie: 'beta=1' } }

/** What the routes are like: `port` is that of the service `/web`. */
interface Policy {
  readonly routes: readonly Route[]
  readonly port?: Guard
}

/** A real HAProxy with service ports, and tables of two apps on it. */
async function openStage(t: TestContext, reloadEveryMs: number) {
  const haproxy = await haproxyUnderTest(t, { render: renderFiles, reloadEveryMs })
  const task = await startTask(t, 'task')
  const [tcp = 0, web = 0] = await servicePorts(2)
  const options = {
    ...defaultRenderOptions,
    binds: [{ host: '127.0.0.1', port: haproxy.port, appIdHeader: false }],
    socket: haproxy.socket,
    servicePorts: { host: '127.0.0.1' }
  }
  const of = ({ routes, port }: Policy) => {
    const services = [
      serviceOf('/a', [task.server.port]),
      serviceOf('/tcp', [task.server.port], { servicePort: tcp }),
      serviceOf('/web', [task.server.port], { servicePort: web, listener: { mode: 'http' } })
    ]
    const route = routeTo(['/web'], { host: 'port' }, port === undefined ? {} : { guard: port })
    const portRoutes = [{ service: 'marathon:/web:0', route }]
    return desiredOf(buildTable({ services, routes, portRoutes }), options).desired
  }
  return { haproxy, of, tcp, web }
}

const to = (host: string, more: Partial<Route> = {}, path = '/') =>
  routeTo(['/a'], { host, path }, more)

/** Guards that nobody asks for: the first reload is theirs, and others have to wait. */
const first = to('first.test', { guard: { networks: ['192.0.2.0/24'] } })
const before = [
  to('plain.test'),
  to('net.test'),
  to('auth.test'),
  to('hooked.test'),
  to('path.test'),
  to('*.wild.test'),
  to('choice.test'),
  routeTo(['/a'], { host: 'choice.test', ...BETA }),
  routeTo(['/tcp'], { host: 'tcp.test' })
]
const networks = [
  to('plain.test'),
  to('net.test', { guard: NETWORKS }),
  to('auth.test'),
  to('hooked.test'),
  to('path.test'),
  to('path.test', { guard: NETWORKS }, '/admin'),
  to('*.wild.test'),
  to('a.wild.test', { guard: NETWORKS }),
  to('choice.test'),
  routeTo(['/a'], { host: 'choice.test', ...BETA }),
  routeTo(['/tcp'], { host: 'tcp.test' })
]
const all = [
  ...networks.filter(({ match }) => !/auth|hooked|choice|tcp/.test(match.host ?? '')),
  to('auth.test', { guard: { auth: AUTH } }),
  to('hooked.test', { hooks: 'code' }),
  to('choice.test'),
  routeTo(['/a'], { host: 'choice.test', ...BETA }, { guard: NETWORKS }),
  routeTo(['/tcp'], { host: 'tcp.test' }, { guard: NETWORKS })
]

/** Status and code of each answer, by what was asked. */
async function seen(port: number): Promise<Record<string, string>> {
  const asked: readonly (readonly [name: string, answer: Promise<Answer>])[] = [
    ['plain', ask(port, 'plain.test')],
    ['net', ask(port, 'net.test')],
    ['auth', ask(port, 'auth.test')],
    ['hooked', ask(port, 'hooked.test')],
    ['path', ask(port, 'path.test')],
    ['path/admin', ask(port, 'path.test', { path: '/admin/x' })],
    ['path by dots', ask(port, 'path.test', { path: '/x/%2e%2e/admin' })],
    ['wild', ask(port, 'b.wild.test')],
    ['wild of its own', ask(port, 'a.wild.test')],
    ['choice', ask(port, 'choice.test')],
    ['choice by cookie', ask(port, 'choice.test', { cookie: 'beta=1' })]
  ]
  const told: Record<string, string> = {}
  for (const [name, answer] of asked) {
    const { status, body } = await answer
    told[name] = [status, ...(/GW_\w+/.exec(body) ?? [])].join(' ')
  }
  return told
}

const CLOSED = '503 GW_GUARD_INVALID'
const FORBIDDEN = '403 GW_FORBIDDEN'
const openToAll = {
  ...{ plain: '200', net: '200', auth: '200', hooked: '200', path: '200', 'path/admin': '200' },
  ...{ 'path by dots': '200', wild: '200', 'wild of its own': '200', choice: '200' },
  'choice by cookie': '200'
}
const request = 'GET / HTTP/1.1\r\nHost: any.test\r\nConnection: close\r\n\r\n'
const statusAt = async (port: number) =>
  /^HTTP\/1\.1 (\d+)/.exec(await exchange(port, request))?.[1] ?? 'none'

const cases = [
  {
    name: 'new sections',
    after: { routes: [first, ...networks] },
    closed: {
      ...openToAll,
      ...{ net: CLOSED, 'path/admin': CLOSED, 'path by dots': '400 GW_BAD_PATH' },
      'wild of its own': CLOSED
    },
    ports: { closed: ['200', '200'], guarded: ['200', '200'] },
    guarded: { net: FORBIDDEN, 'path/admin': FORBIDDEN, 'wild of its own': FORBIDDEN }
  },
  {
    name: 'new lines outside of backends',
    after: { routes: [first, ...all], port: NETWORKS },
    closed: {
      ...openToAll,
      ...{ net: CLOSED, auth: CLOSED, hooked: CLOSED, 'path/admin': CLOSED },
      ...{ 'path by dots': '400 GW_BAD_PATH', 'wild of its own': CLOSED },
      ...{ choice: CLOSED, 'choice by cookie': CLOSED }
    },
    ports: { closed: ['none', '503'], guarded: ['none', '403'] },
    guarded: {
      ...{ net: FORBIDDEN, auth: '401 GW_UNAUTHORIZED', 'path/admin': FORBIDDEN },
      ...{ 'wild of its own': FORBIDDEN, choice: '200', 'choice by cookie': FORBIDDEN }
    }
  }
]

for (const { name, after, closed, ports, guarded } of cases) {
  test(`haproxy: what gets a guard is closed until the reload; ${name}`, real, async (t) => {
    const { haproxy, of, tcp, web } = await openStage(t, 3_600_000)
    await haproxy.settle(of({ routes: before }))
    await haproxy.settle(of({ routes: [first, ...before] }))
    assert.equal(haproxy.keeper.status.counts.reloads, 1)
    assert.deepEqual(await seen(haproxy.port), openToAll)
    assert.deepEqual([await statusAt(tcp), await statusAt(web)], ['200', '200'])

    const wanted = of(after)
    haproxy.keeper.apply(wanted)
    await eventually('a reload is due', () => haproxy.keeper.status.reloadDue !== undefined)
    assert.deepEqual(await seen(haproxy.port), closed)
    assert.deepEqual([await statusAt(tcp), await statusAt(web)], ports.closed)
    assert.equal(haproxy.keeper.status.counts.reloads, 1)

    // Nobody knows of a reload before, so that one may come at once.
    await haproxy.keeper.close({ stopHaproxy: false })
    const next = haproxy.again()
    next.apply(wanted)
    await settled(next, haproxy.log)
    assert.deepEqual(await seen(haproxy.port), { ...closed, ...guarded })
    assert.deepEqual([await statusAt(tcp), await statusAt(web)], ports.guarded)
  })
}

test('haproxy: nobody enters between a new guard and its reload', real, async (t) => {
  const { haproxy, of } = await openStage(t, 0)
  await haproxy.settle(of({ routes: before }))
  const verdicts: number[] = []
  let stopped = false
  const client = async () => {
    while (!stopped) verdicts.push((await ask(haproxy.port, 'auth.test')).status)
  }
  const running = client()
  // Also when something fails: a client that goes on would keep the test from ending.
  t.after(async () => {
    stopped = true
    await running
  })
  await eventually('ten requests', () => verdicts.length > 10)
  await haproxy.settle(of({ routes: all }))
  const count = verdicts.length
  await eventually('ten more requests', () => verdicts.length > count + 10)
  stopped = true
  await running
  const phases = verdicts.filter((status, at) => status !== verdicts[at - 1])
  assert.match(phases.join(' '), /^200 (503 )?401$/)
})
