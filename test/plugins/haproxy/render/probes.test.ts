import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Probe, Service } from '../../../../src/gateway/model/route.ts'
import { checkRendered, noHaproxy } from '../../../support/rendered-haproxy.ts'
import {
  mapOf,
  renderingOf,
  routeTo,
  sectionOf,
  serviceOf,
  tableOf
} from '../../../support/rendered-tables.ts'

const health: Probe = { kind: 'http', path: '/health', intervalMs: 5_000, timeoutMs: 2_000 }
const tcp: Probe = { kind: 'tcp', intervalMs: 300_000, timeoutMs: 500 }
const odd: Probe = { ...health, path: '/a?b=%41&c=(x)*!,~:@+=-._' }

/** Lines about probes of the backend of one app, and its server's words. */
function linesOf(probe: Probe | undefined, section = 'backend marathon:a:0') {
  const service = serviceOf('/a', [1], { servicePort: 10_001, ...(probe && { probe }) })
  const rendering = renderingOf(tableOf([service], [routeTo(['/a'], {})]), {
    servicePorts: { host: '127.0.0.1' }
  })
  return (sectionOf(rendering, section) ?? []).filter((line) => /check|httpchk|^server/.test(line))
}

const server = 'server e-3dbb9d4e9d0a2e6b 127.0.0.1:1 weight 1 maxconn 1024'
const send = (path: string) =>
  `http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host '%[bc_dst,regsub("^(.*:.*)$","[\\\\1]")]:%[bc_dst_port]' hdr User-Agent marathon-gateway`

const cases: readonly { name: string; probe?: Probe; lines: readonly string[]; words: string }[] = [
  { name: 'none', lines: [], words: '' },
  {
    name: 'a path',
    probe: health,
    lines: [
      'option httpchk',
      send('/health'),
      'http-check expect status 200-399',
      'timeout check 2000ms'
    ],
    words: ' check inter 5000ms fastinter 1000ms fall 3 rise 2'
  },
  {
    name: 'a connection',
    probe: tcp,
    lines: ['timeout check 500ms'],
    words: ' check inter 300000ms fastinter 1000ms fall 3 rise 2'
  },
  {
    name: 'a path of all characters that may be in one',
    probe: odd,
    lines: [
      'option httpchk',
      send(odd.kind === 'http' ? odd.path : ''),
      'http-check expect status 200-399',
      'timeout check 2000ms'
    ],
    words: ' check inter 5000ms fastinter 1000ms fall 3 rise 2'
  }
]

describe('the probe of a service in its backend, and in that of its service port', () => {
  for (const { name, probe, lines, words } of cases) {
    for (const section of ['backend marathon:a:0', 'backend marathon:a:0__tcp']) {
      test(`${name}, ${section}`, () => {
        const found = linesOf(probe, section)
        assert.deepEqual(found.slice(0, -1), lines)
        assert.equal(
          found.at(-1)?.replace(/^server \S+/, ''),
          `${server.replace(/^server \S+/, '')}${words}`
        )
      })
    }
  }
})

test('services of one kind of probe have the same settings, so that a spare does for each', () => {
  const services = ['/a', '/b', '/c'].map((app, at) =>
    serviceOf(app, [at + 1], { probe: { ...health, intervalMs: 1_000 * (at + 1) } })
  )
  const routes = services.map(({ origin: { app = '' } }) => routeTo([app], { path: app }))
  const { backends } = renderingOf(tableOf(services, routes)).desired
  assert.equal(new Set(backends.map(({ settings }) => settings.join('\n'))).size, 1)
  assert.equal(new Set(backends.map(({ serverWords }) => serverWords.join(' '))).size, 3)
})

const portable: readonly {
  name: string
  a?: Probe
  b?: Probe
  weight?: number
  reason?: RegExp
}[] = [
  { name: 'the same', a: health, b: { ...health } },
  { name: 'another path', a: health, b: odd, reason: /different probes/ },
  { name: 'another interval', a: tcp, b: { ...tcp, intervalMs: 1 }, reason: /different probes/ },
  { name: 'only one probe', a: health, reason: /different probes/ },
  { name: 'the other without a share', a: health, b: odd, weight: 0 },
  {
    name: 'a path that no label can say',
    a: { ...health, path: '/a b' },
    b: { ...health, path: '/a b' },
    reason: /can’t be told its probe/
  }
]

describe('two services of one route', () => {
  for (const { name, a, b, weight = 1, reason } of portable) {
    test(name, () => {
      const shares = [
        { service: 'marathon:/a:0', weight: 1 },
        { service: 'marathon:/b:0', weight }
      ]
      const service = (app: string, port: number, probe: Probe | undefined): Service =>
        serviceOf(app, [port], probe === undefined ? {} : { probe })
      const table = tableOf(
        [service('/a', 1, a), service('/b', 2, b)],
        [routeTo(['/a', '/b'], {}, { services: shares })]
      )
      const alone = renderingOf(table)
      const words = alone.desired.backends[0]?.serverWords.join(' ') ?? ''
      // A task must not be taken out by a probe that was meant for another.
      assert.equal(words.includes('check'), reason === undefined)
      assert.match(alone.notPortable[0]?.reason ?? '', reason ?? /^$/)
      const backed = renderingOf(table, { fallback: '/run/gateway.sock' })
      assert.equal(mapOf(backed, 'routes.map')['*/'] === 'gateway.fallback', reason !== undefined)
    })
  }
})

test('HAProxy takes every kind of probe', { skip: noHaproxy }, (t) => {
  const services = cases.map(({ probe }, at) =>
    serviceOf(`/p${at}`, [1, 2], { servicePort: 10_000 + at, ...(probe && { probe }) })
  )
  const routes = services.map(({ origin: { app = '' } }) => routeTo([app], { path: app }))
  const options = { servicePorts: { host: '127.0.0.1' } }
  checkRendered(t, renderingOf(tableOf(services, routes), options).desired)
})
