import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import type { App } from '../../../src/gateway/model/app.ts'
import { addsBackends } from '../../../src/plugins/haproxy/apply/adds-backends.ts'
import { parseBackends } from '../../../src/plugins/haproxy/apply/answers.ts'
import type { KeeperStatus } from '../../../src/plugins/haproxy/apply/keeper-options.ts'
import { createRuntimeSocket } from '../../../src/plugins/haproxy/apply/runtime-socket.ts'
import { memoryApp } from '../../../src/testing/memory-source.ts'
import { eventually } from '../../support/eventually.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import { echoTasks, runningTasks, startHaproxyPlane } from '../../support/haproxy-plane.ts'

/*
 * Where HAProxy makes backends at run time (3.4), what it makes is as good as what it loads; elsewhere
 * spares take their place, and have to be.
 */
const canMake = withoutHaproxy === false && (await addsBackends('haproxy'))
const HASH = '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9'
const RIGHT = `Basic ${Buffer.from('ann:pässwörd').toString('base64')}`

/** Everything that makes settings of a backend, and none that names its app. */
const policies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  near: { 'gateway.networks': '127.0.0.0/8' },
  far: { 'gateway.networks': '192.0.2.0/30' },
  secret: { 'gateway.auth': `shop:ann:${HASH}` },
  secure: { 'gateway.https': 'redirect', 'gateway.hsts': '60' },
  below: { 'gateway.path': '/below', 'gateway.path.strip': 'true' },
  moved: { HAPROXY_0_HTTP_BACKEND_REDIR: '/elsewhere' },
  hashed: { 'gateway.picker': 'hash:header:x-key' },
  random: { 'gateway.picker': 'random' },
  least: { 'gateway.picker': 'least-requests' },
  quick: { 'gateway.timeout.first-byte': '20s', 'gateway.timeout.connect': '3s' },
  bare: { 'gateway.upgrade': 'none' },
  probed: { 'gateway.probe': '/health', 'gateway.probe.interval': '1s' }
}
const names = Object.keys(policies)
const empty = ['plain', 'secret', 'probed']

/** Fields that no app has of its own. */
const FIELDS = ['location', 'www-authenticate', 'strict-transport-security', 'content-type']
const asked: readonly (readonly [path: string, headers: Readonly<Record<string, string>>])[] = [
  ['/', {}],
  ['/below//x?y=%2F', { authorization: RIGHT }],
  ['/app/', { authorization: `Basic ${btoa('ann:no')}`, 'x-forwarded-proto': 'https' }],
  ['/%61', { 'x-key': 'k', 'x-forwarded-for': '192.0.2.1' }]
]

test(`the haproxy plane: apps of known settings ${canMake ? 'are made' : 'take spares'} and behave as those that were loaded`, {
  skip: withoutHaproxy,
  timeout: 120_000
}, async (t) => {
  const { source, folder, port, admin } = await startHaproxyPlane(t, {
    spares: canMake ? 0 : 2,
    trustedProxies: ['127.0.0.0/8']
  })
  const tasks = await echoTasks(t, 'task', 2)
  const agent = new Agent()
  t.after(() => agent.close())
  const apps = (half: string): App[] => [
    ...names.map((name) =>
      memoryApp(
        `/${name}-${half}`,
        { 'gateway.hosts': `${name}-${half}.test`, ...policies[name] },
        runningTasks(tasks)
      )
    ),
    ...empty.map((name) =>
      memoryApp(
        `/no-${name}-${half}`,
        { 'gateway.hosts': `no-${name}-${half}.test`, ...policies[name] },
        []
      )
    )
  ]
  const ask = async (name: string, half: string, at: number) => {
    const [path, headers] = asked[at] ?? asked[0] ?? []
    const host = `${name}-${half}.test`
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      dispatcher: agent,
      headers: { host, ...headers }
    })
    const text = (await answer.body.text()).replaceAll(`-${half}.test`, '.test')
    const fields = FIELDS.map((field) => `${answer.headers[field]}`.replace(`-${half}.`, '.'))
    return { status: answer.statusCode, fields, text: text.replace(/task\.[12]/, 'task') }
  }
  const sectionOf = async (app: string) => {
    const map = await (await request(`${admin}/_haproxy_getappmap`)).body.text()
    return (
      map
        .split('\n')
        .find((line) => line.startsWith(`${app} `))
        ?.split(' ')[1] ?? ''
    )
  }
  const backends = async () =>
    parseBackends(await createRuntimeSocket(`${folder}/runtime.sock`).ask('show', 'backend'))
  const reloads = () =>
    eventually('all is in force', async () => {
      const answer = await request(`${admin}/haproxy`)
      const { settled, counts } = (await answer.body.json()) as KeeperStatus
      return settled && `${counts.reloads} reloads`
    })

  source.publish(apps('a'))
  await eventually('the first half answers', async () => {
    return (await ask('plain', 'a', 0).catch(() => undefined))?.status === 200
  })
  const before = await reloads()
  const prefix = canMake ? /__gateway\.kind-/ : /^gateway\.spare-/
  source.publish([...apps('a'), ...apps('b')])
  for (const name of [...names, ...empty.map((one) => `no-${one}`)]) {
    await eventually(`the section of ${name}-b is told`, async () =>
      prefix.test(await sectionOf(`/${name}-b`))
    )
    for (const at of asked.keys()) {
      assert.deepEqual(await ask(name, 'b', at), await ask(name, 'a', at), `${name} ${at}`)
    }
  }
  assert.equal(await reloads(), before)
  if (!canMake) return
  source.publish(apps('a'))
  await eventually('what was made is deleted', async () => {
    return (await backends()).every((name) => !name.includes('__gateway.kind-'))
  })
  assert.equal(await reloads(), before)
})
