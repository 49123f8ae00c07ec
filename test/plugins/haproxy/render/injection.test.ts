import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { App } from '../../../../src/gateway/model/app.ts'
import type { Probe, Route, Service } from '../../../../src/gateway/model/route.ts'
import { buildTable, emptyTable } from '../../../../src/gateway/model/table.ts'
import type { RenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { app, compileApps, port, task } from '../../../support/apps.ts'
import { orRight, hostileText as text } from '../../../support/hostile-text.ts'
import { checkRendered, noHaproxy } from '../../../support/rendered-haproxy.ts'
import { strangeLines } from '../../../support/rendered-lines.ts'
import { renderingOf, routeTo, serviceOf } from '../../../support/rendered-tables.ts'
import { testCertificate } from '../../../support/test-certificate.ts'

const certificates = mkdtempSync(join(tmpdir(), 'injection-'))
const certificate = join(certificates, 'shop.pem')
writeFileSync(certificate, `${testCertificate.cert}\n${testCertificate.key}\n`)
after(() => rmSync(certificates, { recursive: true }))

const options: Partial<RenderOptions> = {
  servicePorts: {
    host: '127.0.0.1',
    range: [1, 65_535],
    certificates: [certificates],
    certificateFiles: new Set([certificate])
  }
}
const empty = renderingOf(emptyTable(), options).desired

/** A wrong one of these keeps the service port closed, and then there is less to look at. */
const rarely = (value: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

const labels = fc.record(
  {
    'gateway.hosts': orRight('a.example.com', '*.example.com', 'a.test b.test', '[::1]'),
    'gateway.path': orRight('/api', '/a%20b', "/a'b", '/a;b', '/a$b&c(d)', '/a,b=c'),
    'gateway.path.strip': orRight('true'),
    'gateway.service': orRight('web'),
    'gateway.weight': orRight('0', '7'),
    'gateway.picker': fc.oneof(
      text,
      fc.constantFrom('random', 'least-requests', 'hash:header:x-user', 'hash:cookie:sid'),
      text.map((name) => `hash:header:${name}`),
      text.map((name) => `hash:cookie:${name}`)
    ),
    'gateway.sticky': orRight('true', "a'b", 'a$b', 'a`b', 'a%b', '#a'),
    'gateway.upgrade': orRight('none'),
    'gateway.hsts': orRight('60'),
    'gateway.timeout.first-byte': orRight('5s'),
    'gateway.timeout.connect': orRight('0ms', '1h'),
    'gateway.probe': fc.oneof(
      text,
      text.map((path) => `/${path}`),
      fc.constantFrom('tcp', 'none', '/health', '/a?b=%41&c=(x)*!', '/~a,b:@+=-._//../')
    ),
    'gateway.probe.interval': orRight('1s', '5m'),
    'gateway.probe.timeout': orRight('500ms'),
    HAPROXY_0_MODE: orRight('http', 'tcp'),
    HAPROXY_0_BIND_ADDR: rarely(orRight('127.0.0.1', '::1', '::')),
    HAPROXY_0_SSL_CERT: rarely(
      orRight(certificate, `${certificates}/x y.pem`, `${certificate} bind :1`)
    )
  },
  { requiredKeys: [] }
)
const ids = fc.oneof(
  text.map((id) => `/${id}`),
  fc.nat(99_999).map((number) => `/app-${number}`)
)
const apps: fc.Arbitrary<App> = fc
  .record({
    id: ids,
    labels,
    host: orRight('10.0.0.1', '::1', 'agent-1'),
    taskId: text,
    number: fc.integer({ min: -1, max: 70_000 })
  })
  .map(({ id, labels: said, host, taskId, number }) =>
    app({
      id,
      labels: Object.fromEntries(
        Object.entries(said).filter(([, value]) => value !== undefined)
      ) as Record<string, string>,
      ports: [port({ servicePort: number })],
      tasks: [
        task({ id: taskId, host, ports: [31_000] }),
        task({ id: `${taskId}2`, host, ports: [number] })
      ]
    })
  )

/** Apps of one id or host would keep each other out. */
function withOwnHosts(one: App, index: number): App {
  const hosts = one.labels.get('gateway.hosts')?.replaceAll('a.', `a${index}.`)
  const labels = new Map(one.labels)
  if (hosts !== undefined) labels.set('gateway.hosts', hosts)
  return { ...one, id: `${one.id}${index}`, labels }
}

const BATCH = 250
const LONGEST_RUN_MS = 300_000

test('10,000 label sets bring no line of their own into any file', {
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const all = fc.sample(apps, { numRuns: 10_000, seed: Number(process.env['SEED'] ?? 3) })
  let backends = 0
  let probed = 0
  let overTls = 0
  for (let at = 0; at < all.length; at += BATCH) {
    const { data } = compileApps(all.slice(at, at + BATCH).map(withOwnHosts))
    const { desired } = renderingOf(buildTable(data), options)
    assert.deepEqual(strangeLines(desired, empty), [])
    if (noHaproxy === undefined) checkRendered(t, desired)
    backends += desired.backends.length
    overTls += desired.structure.filter((line) => line.includes(' ssl crt ')).length
    probed += desired.backends.filter(({ serverWords }) => serverWords.includes('check')).length
  }
  assert.ok(backends > 3000, `only ${backends} backends`)
  assert.ok(probed > 1000, `only ${probed} of them are probed`)
  assert.ok(overTls > 50, `only ${overTls} listeners with TLS`)
})

/** What a plugin's resolver could put in a table, past every check of labels. */
const services: fc.Arbitrary<Service> = fc
  .record({
    app: text,
    host: text,
    cookie: text,
    sticky: fc.option(text, { nil: undefined }),
    picker: orRight('hash', 'random'),
    header: text,
    number: fc.double(),
    probe: fc.option(orRight('tcp', 'http'), { nil: undefined }),
    listener: fc.record({
      mode: orRight('http') as fc.Arbitrary<'http'>,
      address: orRight('::1', '127.0.0.1'),
      certificate: orRight(certificate)
    }),
    servicePort: fc.oneof(fc.double(), fc.integer({ min: 1, max: 65_535 }))
  })
  .map(({ app: id, host, cookie, sticky, picker, header, number, probe: kind, ...more }) => {
    const where = { host, port: number, agent: host, cookie, lastResort: false }
    const endpoints = [
      { id: cookie, taskId: cookie, ...where },
      { id: header, taskId: header, ...where, host: '10.0.0.1', port: 80 }
    ]
    const policy = { endpoints, picker, hashOn: { header }, timeouts: { firstByteMs: number } }
    return serviceOf(id, [], {
      ...policy,
      ...more,
      ...(sticky !== undefined && { sticky }),
      ...(kind !== undefined && { probe: probeAs(kind, `/${cookie}`, number) })
    })
  })

/** Of whatever kind a plugin says. */
function probeAs(kind: string, path: string, number: number): Probe {
  return { kind, path, intervalMs: number, timeoutMs: number } as Probe
}

test('hostile routes and services of a plugin bring no line either', {
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const raw = fc.record({
    service: services,
    host: text,
    path: text.map((path) => `/${path}`),
    value: orRight('a b;c', 'text/html,*/*'),
    hsts: fc.option(fc.double(), { nil: undefined })
  })
  let quoted = 0
  const all = fc.sample(raw, { numRuns: 2000, seed: Number(process.env['SEED'] ?? 4) })
  for (let at = 0; at < all.length; at += BATCH) {
    const batch = all.slice(at, at + BATCH)
    const routes = batch.map(({ service, host, path, value, hsts }, index): Route => {
      const asked = [
        { headers: { [value]: value }, methods: [value] },
        { headers: { 'x-a': value } },
        {}
      ]
      const plainMatch = { host, path, ...asked[index % asked.length] }
      const route = routeTo([service.origin.app ?? ''], plainMatch, { strip: true })
      return { ...route, id: `${index} ${value}`, ...(hsts !== undefined && { hsts }) }
    })
    const unique = new Map(batch.map(({ service }) => [service.id, service]))
    const table = buildTable({ routes, services: [...unique.values()] })
    const { desired } = renderingOf(table, options)
    assert.deepEqual(strangeLines(desired, empty), [])
    if (noHaproxy === undefined) checkRendered(t, desired)
    quoted += desired.structure.filter((line) => line.includes("-m str 'a b;c'")).length
  }
  assert.ok(quoted > 0, 'no value was in quotes')
})

test('an operator’s option that can’t stand in the file is refused', () => {
  const bad: Partial<RenderOptions>[] = [
    { socket: '/run/a b' },
    { fallback: 'gateway.sock' },
    { trustedProxies: ['10.0.0.0/8 \n bind :1'] },
    { binds: [{ host: 'localhost', port: 80, appIdHeader: false }] },
    { binds: [{ host: '', port: 0, appIdHeader: false }] },
    { tls: { host: '', port: 443, appIdHeader: false, certificates: ['/a.pem ssl-min-ver'] } },
    { servicePorts: { host: 'x' } }
  ]
  for (const one of bad) assert.throws(() => renderingOf(emptyTable(), one), /^Error: haproxy: /)
})
