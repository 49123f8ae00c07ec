import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildTable, emptyTable } from '../../../../src/gateway/model/table.ts'
import { renderFiles } from '../../../../src/plugins/haproxy/render/render-files.ts'
import { checkRendered, noHaproxy } from '../../../support/rendered-haproxy.ts'
import {
  endpointAt,
  mapOf,
  renderingOf,
  routeTo,
  sectionOf,
  serviceOf,
  tableOf
} from '../../../support/rendered-tables.ts'

const NO_ENDPOINT =
  'http-request return status 503 content-type "text/plain; charset=utf-8" string "503 GW_NO_ENDPOINT: The app has no task that can answer now\\n" hdr Cache-Control no-store hdr Retry-After 1 if { nbsrv eq 0 } !{ stopping }'
const SERVER = /^server /

/** The backend of one app, without the server lines and the answer for no endpoint. */
function settingsOf(
  service: Partial<ReturnType<typeof serviceOf>>,
  route: Parameters<typeof routeTo>[2] = {},
  path = '/'
) {
  const rendering = renderingOf(
    tableOf([serviceOf('/a', [31_000], service)], [routeTo(['/a'], { path }, route)])
  )
  const [backend] = rendering.desired.backends
  const lines = sectionOf(rendering, `backend ${backend?.name}`) ?? []
  assert.ok(lines.includes(NO_ENDPOINT))
  return lines.filter((line) => line !== NO_ENDPOINT && !SERVER.test(line))
}

test('a backend is all lines of a service with default policy', () => {
  const endpoints = [
    endpointAt(31_001, { id: 'b.1:0', host: '10.0.0.2' }),
    endpointAt(31_000, { id: 'b.2:0', host: 'fd00::1' }),
    endpointAt(31_002, { id: 'b.3:0', lastResort: true })
  ]
  const rendering = renderingOf(
    tableOf([serviceOf('/shop/api', [], { endpoints })], [routeTo(['/shop/api'], {})])
  )
  assert.deepEqual(sectionOf(rendering, 'backend marathon:shop_api:0'), [
    'mode http',
    'balance roundrobin',
    NO_ENDPOINT,
    'server e-0ed7782e464ba761 10.0.0.2:31001 weight 1 maxconn 1024',
    'server e-76a21e3b8ca3514f [fd00::1]:31000 weight 1 maxconn 1024',
    'server r-e-7a9250ef9f6a5c82 127.0.0.1:31002 weight 1 backup maxconn 1024'
  ])
})

const policies = [
  { name: 'random', service: { picker: 'random' }, expect: ['mode http', 'balance random(1)'] },
  {
    name: 'least-requests',
    service: { picker: 'least-requests' },
    expect: ['mode http', 'balance random(2)']
  },
  {
    name: 'hash of a header',
    service: { picker: 'hash', hashOn: { header: 'x-user' } },
    expect: ['mode http', 'balance hdr(x-user)', 'hash-type consistent']
  },
  {
    name: 'timeouts: the longer of first byte and idle',
    service: { timeouts: { connectMs: 500, firstByteMs: 5000, idleMs: 120_000 } },
    expect: ['mode http', 'balance roundrobin', 'timeout connect 500ms', 'timeout server 120000ms']
  },
  {
    name: 'timeouts: a shorter first byte alone changes nothing',
    service: { timeouts: { firstByteMs: 5000 } },
    expect: ['mode http', 'balance roundrobin']
  },
  {
    name: 'no upgrade',
    route: { upgrade: 'none' as const },
    expect: [
      'mode http',
      'balance roundrobin',
      'http-request del-header upgrade',
      'http-request del-header connection'
    ]
  },
  {
    name: 'strip counts segments',
    route: { strip: true },
    path: '/a/b',
    expect: [
      'mode http',
      'balance roundrobin',
      "http-request replace-uri '^(/+[^/?]+){2}/*(.*)$' '/\\2'"
    ]
  },
  { name: 'strip of nothing', route: { strip: true }, expect: ['mode http', 'balance roundrobin'] },
  {
    name: 'hsts',
    route: { hsts: 60 },
    expect: [
      'mode http',
      'balance roundrobin',
      'http-response del-header Strict-Transport-Security',
      'http-response set-header Strict-Transport-Security max-age=60 if { var(txn.secure) -m found }'
    ]
  },
  {
    name: 'sticky',
    service: { sticky: 'sid' },
    expect: [
      'mode http',
      'balance roundrobin',
      'http-request set-var(txn.sticky) req.cook(sid)',
      'http-response set-var(txn.server) srv_name',
      'http-response add-header Set-Cookie "sid=%[var(txn.server)]; Path=/; HttpOnly; SameSite=Lax" if { var(txn.server) -m reg ^[0-9a-f]{16}$ } !{ var(txn.server),strcmp(txn.sticky) eq 0 }',
      'use-server %[var(txn.sticky)] if { var(txn.sticky) -m reg ^[0-9a-f]{16}$ }'
    ]
  }
]

for (const { name, service = {}, route = {}, path, expect } of policies) {
  test(`settings of a backend: ${name}`, () => {
    assert.deepEqual(settingsOf(service, route, path), expect)
  })
}

test('a task that comes or goes, and a weight, change no name and no setting', () => {
  const shape = (ports: readonly number[], weight: number) => {
    const services = [serviceOf('/a', ports, { sticky: 'sid' }), serviceOf('/b', [1])]
    const shares = [
      { service: 'marathon:/a:0', weight },
      { service: 'marathon:/b:0', weight: 1 }
    ]
    const { desired } = renderingOf(tableOf(services, [routeTo(['/a'], {}, { services: shares })]))
    const { structure, maps, backends } = desired
    return { structure, maps, backends: backends.map(({ servers: _, ...rest }) => rest) }
  }
  assert.deepEqual(shape([1, 2, 3], 9), shape([4], 1))
})

test('routes of one service and policy share a backend; strip and weights tell them apart', () => {
  const shares = (weight: number) => ({
    services: [
      { service: 'marathon:/a:0', weight: 1 },
      { service: 'marathon:/b:0', weight }
    ]
  })
  const routes = [
    routeTo(['/a'], { host: 'a.test' }),
    routeTo(['/a'], { host: 'b.test' }),
    routeTo(['/a'], { path: '/x' }, { strip: true }),
    routeTo(['/a'], { path: '/y' }, { strip: true }),
    routeTo(['/a', '/b'], { host: 'c.test' }, shares(1)),
    routeTo(['/a', '/b'], { host: 'd.test' }, shares(1)),
    routeTo(['/a', '/b'], { host: 'e.test' }, shares(2))
  ]
  const rendering = renderingOf(tableOf([serviceOf('/a', [1]), serviceOf('/b', [2])], routes))
  const map = mapOf(rendering, 'routes.map')
  assert.equal(map['a.test/'], 'marathon:a:0')
  assert.equal(map['b.test/'], 'marathon:a:0')
  assert.equal(map['*/x/'], 'marathon:a:0__strip1')
  assert.equal(map['*/y/'], 'marathon:a:0__strip1')
  assert.equal(map['c.test/'], map['d.test/'])
  assert.notEqual(map['c.test/'], map['e.test/'])
  assert.equal(rendering.desired.backends.length, 4)
  assert.equal(rendering.desired.indirection, 'backends.map')
  for (const { name } of rendering.desired.backends) {
    assert.equal(mapOf(rendering, 'backends.map')[name], name)
  }
})

test('ids that look alike keep names of their own', () => {
  const ids = [
    'm:/a_b:0',
    'm:/a/b:0',
    'm:a/b:0',
    'm:/a//b:0',
    'm:/ä:0',
    'm:/å:0',
    'gateway.closed',
    'm:/A b',
    'm:/A-b'
  ]
  const services = ids.map((id) => ({ ...serviceOf('/x', [1]), id }))
  const routes = ids.map((id, at) =>
    routeTo(['/x'], { path: `/${at}` }, { id, services: [{ service: id, weight: 1 }] })
  )
  const names = new Set(Object.values(mapOf(renderingOf(tableOf(services, routes)), 'routes.map')))
  names.delete('paths')
  assert.equal(names.size, ids.length)
})

const unportable = [
  { name: 'hooks', route: { hooks: 'sign-in' }, otherwise: 'gateway.closed' },
  { name: 'odd guards', route: { guard: { networks: ['x'] } }, otherwise: 'gateway.closed' },
  { name: 'a picker of a plugin', service: { picker: 'zone' }, otherwise: 'marathon:a:0' },
  {
    name: 'the hash of a cookie',
    service: { picker: 'hash', hashOn: { cookie: 'sid' } },
    otherwise: 'marathon:a:0'
  },
  { name: 'an odd cookie name', service: { sticky: "a'b" }, otherwise: 'marathon:a:0' },
  {
    name: 'a resolver that decides in code',
    options: { finders: ['tenants'] },
    otherwise: 'marathon:a:0'
  },
  { name: 'closed', route: { closed: 'wrong label' }, otherwise: 'gateway.closed', portable: true }
]

for (const { name, service = {}, route = {}, options = {}, otherwise, portable } of unportable) {
  test(`a route with ${name} goes to the proxy plane, or to ${otherwise}`, () => {
    const table = tableOf([serviceOf('/a', [1], service)], [routeTo(['/a'], {}, route)])
    const alone = renderingOf(table, options)
    assert.equal(mapOf(alone, 'routes.map')['*/'], otherwise)
    assert.equal(alone.notPortable.length, portable ? 0 : 1)
    const backed = renderingOf(table, { ...options, fallback: '/run/gateway.sock' })
    assert.equal(mapOf(backed, 'routes.map')['*/'], portable ? otherwise : 'gateway.fallback')
    assert.deepEqual(
      sectionOf(backed, 'backend gateway.fallback')?.filter((line) => SERVER.test(line)),
      ['server proxy unix@/run/gateway.sock']
    )
  })
}

test('a trusted network takes in no IPv6 address that only holds one of its addresses', () => {
  const front = (...trustedProxies: string[]) =>
    sectionOf(renderingOf(emptyTable(), { trustedProxies }), 'frontend gateway.front') ?? []
  const about = (lines: readonly string[]) =>
    lines.filter((line) => /^acl|set-var.txn.trusted|X-Forwarded-Host/.test(line))
  const name =
    'http-request set-header X-Forwarded-Host %[req.fhdr(host)] if { req.fhdr(host) -m found }'
  const lists = [
    'acl trusted4 var(txn.client) -m ip 10.0.0.0/8',
    'acl trusted6 var(txn.client) -m ip fd00::/8',
    'acl disguised var(txn.client) -m ip 2002::/16 ::/96'
  ]
  assert.deepEqual(about(front('10.0.0.0/8', 'fd00::/8')), [
    ...lists,
    'http-request set-var(txn.trusted) bool(true) if trusted4 !disguised or trusted6',
    `${name} !{ req.fhdr(x-forwarded-host) -m found }`
  ])
  assert.deepEqual(about(front()), [name])
})

test('a task whose host is a name needs an address; without one it is left out', () => {
  const endpoints = [
    endpointAt(1, { id: 'a', host: 'agent-1' }),
    endpointAt(2, { id: 'b', host: 'agent-2' })
  ]
  const table = tableOf([serviceOf('/a', [], { endpoints })], [routeTo(['/a'], {})])
  const addresses = new Map([
    ['agent-1', '10.0.0.1'],
    ['agent-2', 'not an address']
  ])
  const { desired, problems } = renderingOf(table, { addresses })
  assert.deepEqual(
    desired.backends[0]?.servers.map(({ address }) => address),
    ['10.0.0.1']
  )
  assert.deepEqual(problems, [
    {
      source: 'marathon',
      app: '/a',
      reason: 'the host of a task has no known address; HAProxy leaves the task out: "agent-2"'
    }
  ])
})

test('a path that can’t stand in a map is a problem, and its route is listed', () => {
  const table = tableOf([serviceOf('/a', [1])], [routeTo(['/a'], { path: "/it's" })])
  const { desired, problems, notPortable } = renderingOf(table)
  assert.deepEqual(desired.maps.find(({ name }) => name === 'routes.map')?.entries, [
    ['?*/', 'paths']
  ])
  assert.deepEqual([problems.length, notPortable.length], [1, 1])
})

test('the same data in another order gives the same bytes', () => {
  const services = [serviceOf('/b', [2, 1]), serviceOf('/a', [3])]
  const routes = [routeTo(['/b', '/a'], { host: 'x.test' }), routeTo(['/a'], { path: '/a' })]
  const bytes = (data: Parameters<typeof buildTable>[0]) =>
    JSON.stringify(renderFiles(renderingOf(buildTable(data)).desired, '/etc/gateway'))
  assert.equal(
    bytes({ services, routes }),
    bytes({ services: services.toReversed(), routes: routes.toReversed() })
  )
})

test('HAProxy takes every kind of section', { skip: noHaproxy }, (t) => {
  const services = policies.map(({ service }, at) =>
    serviceOf(`/p${at}`, [1, 2], { servicePort: 10_000 + at, ...service })
  )
  const routes = policies.map(({ route, path }, at) =>
    routeTo([`/p${at}`], { host: `p${at}.test`, path: path ?? '/' }, route)
  )
  const deep = routeTo(
    ['/p0'],
    { path: `/${Array.from({ length: 500 }, () => 'a').join('/')}` },
    { strip: true }
  )
  const choice = routeTo(['/p1'], {
    host: 'p0.test',
    methods: ['GET', 'M-SEARCH'],
    headers: { 'x-a': '1' }
  })
  checkRendered(
    t,
    renderingOf(tableOf(services, [...routes, deep, choice]), {
      servicePorts: { host: '' },
      socket: '/run/gateway.stats',
      fallback: '/run/gateway.sock',
      trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
      log: true,
      binds: [
        { host: '', port: 80, appIdHeader: false },
        { host: '::1', port: 81, appIdHeader: true }
      ]
    }).desired
  )
  checkRendered(t, renderingOf(emptyTable()).desired)
})
