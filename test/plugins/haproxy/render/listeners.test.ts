import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PortRoute, Route, Service } from '../../../../src/gateway/model/route.ts'
import { buildTable } from '../../../../src/gateway/model/table.ts'
import { wantedOf } from '../../../../src/plugins/haproxy/render/listeners.ts'
import {
  defaultRenderOptions,
  type ServicePortOptions
} from '../../../../src/plugins/haproxy/render/options.ts'
import { checkRendered, noHaproxy } from '../../../support/rendered-haproxy.ts'
import {
  mapOf,
  renderingOf,
  routeTo,
  sectionOf,
  serviceOf
} from '../../../support/rendered-tables.ts'

const CERTIFICATES: ServicePortOptions = {
  host: '',
  certificates: ['/etc/one.pem', '/etc/certs/'],
  certificateFiles: new Set(['/etc/one.pem', '/etc/certs/shop.pem'])
}

/** A service whose port speaks HTTP, and its route. */
function httpService(
  id: string,
  servicePort: number,
  listener: Service['listener'] = {},
  more: Partial<Route> = {}
): { service: Service; port: PortRoute } {
  const service = serviceOf(id, [1], { servicePort, listener: { mode: 'http', ...listener } })
  const route = routeTo([id], {}, { id: `marathon:${id}:0:port`, ...more })
  return { service, port: { service: service.id, route } }
}

interface Given {
  readonly services?: readonly Service[]
  readonly http?: readonly ReturnType<typeof httpService>[]
  readonly routes?: readonly Route[]
  readonly ports?: readonly PortRoute[]
}

function tableWith({ services = [], http = [], routes = [], ports = [] }: Given) {
  return buildTable({
    services: [...services, ...http.map(({ service }) => service)],
    routes,
    portRoutes: [...ports, ...http.map(({ port }) => port)]
  })
}

function rendered(given: Given, servicePorts: ServicePortOptions = { host: '' }, more = {}) {
  return renderingOf(tableWith(given), { servicePorts, ...more })
}

/** `app label: reason` of each problem, without what follows from it. */
function faultsOf({ problems }: ReturnType<typeof rendered>): string[] {
  return problems.map(
    ({ app, label, reason }) =>
      `${app}${label ? ` ${label}` : ''}: ${reason.split(/; th(?:e|at) /)[0]}`
  )
}

/** The binds of all listeners of service ports. */
function bindsOf({ desired }: ReturnType<typeof rendered>): string[] {
  const from = desired.structure.findIndex((line) => line.startsWith('frontend gateway.port'))
  const lines = from < 0 ? [] : desired.structure.slice(from)
  return lines.flatMap((line) => (line.startsWith('  bind ') ? [line.trim()] : []))
}

test('a service port is a TCP listener of its own, whatever the picker', () => {
  const rendering = rendered(
    { services: [serviceOf('/a', [1], { servicePort: 10_001, picker: 'random' })] },
    { host: '10.0.0.1' }
  )
  assert.deepEqual(sectionOf(rendering, 'frontend gateway.port.10001'), [
    'option socket-stats',
    'bind 10.0.0.1:10001',
    'default_backend marathon:a:0__tcp'
  ])
  assert.deepEqual(sectionOf(rendering, 'backend marathon:a:0__tcp')?.slice(0, 2), [
    'mode tcp',
    'balance leastconn'
  ])
  assert.deepEqual(rendering.problems, [])
  assert.equal(renderingOf(tableWith({})).desired.structure.join().includes('gateway.port'), false)
})

test('ports that speak HTTP share one frontend with the rules of the front', () => {
  const rendering = rendered({
    http: [
      httpService('/a', 10_001),
      httpService('/b', 10_002, { address: '127.0.0.1' }),
      httpService('/c', 10_003, { address: 'FD00:0::1' })
    ],
    routes: [routeTo(['/a'], { host: 'a.test' })]
  })
  assert.deepEqual(bindsOf(rendering), [
    'bind :::10001 v4v6 name port.10001 proto h1',
    'bind 127.0.0.1:10002 name port.10002-127.0.0.1 proto h1',
    'bind [fd00::1]:10003 name port.10003-fd00::1 proto h1'
  ])
  assert.deepEqual(mapOf(rendering, 'ports.map'), {
    'port.10001': 'marathon:a:0',
    'port.10002-127.0.0.1': 'marathon:b:0',
    'port.10003-fd00::1': 'marathon:c:0'
  })
  assert.equal(mapOf(rendering, 'backends.map')['marathon:b:0'], 'marathon:b:0')
  const isOwn = (line: string) =>
    /^(bind|option socket-stats)|txn\.(backend|strict|section)/.test(line)
  const own = (header: string) =>
    (sectionOf(rendering, header) ?? []).filter((line) => !isOwn(line))
  const front = own('frontend gateway.front').filter((line) => !line.includes('GW_NO_ROUTE'))
  assert.deepEqual(own('frontend gateway.ports'), front)
  assert.deepEqual(
    sectionOf(rendering, 'frontend gateway.ports')?.filter((line) =>
      line.includes('set-var(txn.ba')
    ),
    ['http-request set-var(txn.backend) so_name,map_str(@folder@/ports.map)'].map((line) =>
      line.replace('@folder@', '/etc/gateway')
    )
  )
})

test('an app that takes over a port of HTTP changes a map alone', () => {
  const of = (id: string) => rendered({ http: [httpService(id, 10_001)] }).desired
  assert.deepEqual(of('/a').structure, of('/b').structure)
  assert.notDeepEqual(of('/a').maps, of('/b').maps)
})

describe('certificates of service ports', () => {
  const tls = (certificate: string, mode: 'http' | 'tcp', options = CERTIFICATES) => {
    const labels = { certificate: 'HAPROXY_0_SSL_CERT' }
    const { service, port } = httpService('/a', 10_001, { mode, certificate, labels })
    const ports = mode === 'http' ? [port] : []
    return rendered({ services: [service], ports }, options)
  }
  test('one that the operator names, and one in a folder of theirs', () => {
    assert.deepEqual(bindsOf(tls('/etc/one.pem', 'http')), [
      'bind :::10001 v4v6 name port.10001 ssl crt /etc/one.pem alpn http/1.1 proto h1'
    ])
    assert.deepEqual(bindsOf(tls('/etc/certs/shop.pem', 'tcp')), [
      'bind :::10001 v4v6 ssl crt /etc/certs/shop.pem'
    ])
  })
  const refused: readonly (readonly [string, RegExp, ServicePortOptions?])[] = [
    ['/etc/other.pem', /neither named in haproxy.certificates/],
    ['/etc/certs/deep/shop.pem', /neither named/],
    ['/etc/certs/../one.pem', /neither named/],
    ['/etc/certs/../certs/shop.pem', /neither named/],
    ['/etc/certs', /neither named/],
    ['/etc/certs/missing.pem', /holds no certificate with its key/],
    ['/etc/certs/..', /holds no certificate with its key/],
    ["/etc/certs/it's.pem", /neither named/],
    ['/etc/one.pem', /names no file/, { host: '' }]
  ]
  for (const [file, why, options] of refused) {
    for (const mode of ['http', 'tcp'] as const) {
      test(`${file} is refused, and nothing listens (${mode})`, () => {
        const rendering = tls(file, mode, options)
        assert.deepEqual(bindsOf(rendering), [])
        assert.match(faultsOf(rendering).join(), /^\/a HAPROXY_0_SSL_CERT: /)
        assert.match(faultsOf(rendering).join(), why)
      })
    }
  }
})

describe('who gets a port', () => {
  const at = (id: string, port: number, address?: string) =>
    serviceOf(id, [1], {
      servicePort: port,
      ...(address !== undefined && { listener: { address } })
    })
  const binds = [{ host: '10.0.0.9', port: 8080, appIdHeader: false }]
  const cases: readonly (readonly [string, Service[], string[]])[] = [
    [
      'two apps, one port',
      [at('/a', 2000), at('/b', 2000)],
      ['/b: its service port 2000 belongs to /a']
    ],
    ['two addresses', [at('/a', 2000, '10.0.0.1'), at('/b', 2000, '10.0.0.2')], []],
    [
      'one address among all',
      [at('/a', 2000, '10.0.0.1'), at('/b', 2000)],
      ['/b: its service port 2000 belongs to /a']
    ],
    [
      'all addresses before one',
      [at('/a', 2000), at('/b', 2000, '10.0.0.1')],
      ['/b: its service port 2000 belongs to /a']
    ],
    [
      'another spelling of an address',
      [at('/a', 2000, 'fd00::1'), at('/b', 2000, 'FD00:0:0::1')],
      ['/b: its service port 2000 belongs to /a']
    ],
    [
      'an address of IPv4 in disguise',
      [at('/a', 2000, '10.0.0.1'), at('/b', 2000, '::ffff:10.0.0.1')],
      ['/b: its service port 2000 belongs to /a']
    ],
    [
      'the front’s own',
      [at('/a', 8080)],
      ['/a: its service port 8080 belongs to the gateway itself']
    ],
    ['another address than the front’s', [at('/a', 8080, '10.0.0.1')], []],
    [
      'below the range',
      [at('/a', 1023)],
      ['/a: its service port 1023 is not in haproxy.servicePortRange, 1024-65535']
    ],
    [
      'no port',
      [at('/a', 0), at('/b', 65_536)],
      ['/a: its service port 0 is no port', '/b: its service port 65536 is no port']
    ],
    ['no address', [at('/a', 2000, 'lo')], ['/a: its address can’t be bound']]
  ]
  for (const [name, services, faults] of cases) {
    test(name, () => {
      const rendering = rendered({ services }, { host: '' }, { binds })
      assert.deepEqual(faultsOf(rendering), faults)
      assert.equal(bindsOf(rendering).length, services.length - faults.length)
    })
  }

  test('a range of the operator’s own', () => {
    const rendering = rendered(
      { services: [at('/a', 80), at('/b', 1024)] },
      { host: '', range: [1, 1023] },
      { binds }
    )
    assert.deepEqual(bindsOf(rendering), ['bind :::80 v4v6'])
    assert.deepEqual(faultsOf(rendering), [
      '/b: its service port 1024 is not in haproxy.servicePortRange, 1-1023'
    ])
  })

  test('a socket that can’t be bound is nobody’s, and the next app gets the port', () => {
    const services = [at('/a', 2000, '10.0.0.1'), at('/b', 2000), at('/c', 3000), at('/d', 8080)]
    const reason = 'it is no address of this machine'
    const refused = new Map([
      ['2000 10.0.0.1', { fact: 'address' as const, reason }],
      ['8080 ', { fact: 'port' as const, reason: 'HAProxy itself listens there' }]
    ])
    const rendering = rendered({ services }, { host: '', refused }, { binds })
    assert.deepEqual(bindsOf(rendering), ['bind :::2000 v4v6', 'bind :::3000 v4v6'])
    assert.deepEqual(faultsOf(rendering), [
      `/a: its service port 2000 can’t be bound: ${reason}`,
      '/d: its service port 8080 belongs to the gateway itself'
    ])
  })
})

describe('guards and service ports', () => {
  const guard = { networks: ['10.0.0.0/8'] }
  const guarded = routeTo(['/a'], { host: 'a.test' }, { guard })
  const past = ['/a: its service port 2000 would lead past its guards']
  const tcp = serviceOf('/a', [1], { servicePort: 2000 })
  const cases: readonly (readonly [string, Given, string[]])[] = [
    ['TCP and a guarded route', { services: [tcp], routes: [guarded] }, past],
    [
      'TCP and a route with hooks',
      { services: [tcp], routes: [routeTo(['/a'], {}, { hooks: 'sign-in' })] },
      past
    ],
    [
      'TCP and a closed route',
      { services: [tcp], routes: [routeTo(['/a'], {}, { closed: 'wrong label' })] },
      past
    ],
    [
      'HTTP with the same guards',
      { http: [httpService('/a', 2000, {}, { guard })], routes: [guarded] },
      []
    ],
    ['HTTP without them', { http: [httpService('/a', 2000)], routes: [guarded] }, past],
    [
      'HTTP with others',
      {
        http: [httpService('/a', 2000, {}, { guard: { networks: ['::/0'] } })],
        routes: [guarded]
      },
      past
    ],
    [
      'HTTP of a service without a route of its own',
      {
        services: [serviceOf('/a', [1], { servicePort: 2000, listener: { mode: 'http' } })],
        routes: [guarded]
      },
      past
    ]
  ]
  for (const [name, given, faults] of cases) {
    test(name, () => {
      const rendering = rendered(given)
      assert.deepEqual(faultsOf(rendering), faults)
      assert.equal(bindsOf(rendering).length, 1 - faults.length)
    })
  }

  test('a closed port of HTTP answers 503', () => {
    const closed = { closed: 'wrong label' }
    const rendering = rendered({ http: [httpService('/a', 2000, {}, closed)], routes: [guarded] })
    assert.deepEqual(mapOf(rendering, 'ports.map'), { 'port.2000': 'gateway.closed' })
  })

  test('no port of HTTP hands requests to the proxy plane, which would go by their Host', () => {
    const http = [httpService('/a', 2000, {}, { hooks: 'sign-in' }), httpService('/b', 2001)]
    const options = { fallback: '/run/gateway.sock', finders: ['code'] }
    const rendering = rendered({ http }, { host: '' }, options)
    assert.deepEqual(mapOf(rendering, 'ports.map'), {
      'port.2000': 'gateway.closed',
      'port.2001': 'marathon:b:0'
    })
    assert.match(rendering.notPortable[0]?.reason ?? '', /it answers 503 GW_GUARD_INVALID$/)
  })

  test('why a port was withheld is told', () => {
    const withheld = 'its service port 2000 is not opened: a wrong label'
    const services = [serviceOf('/a', [1], { listener: { withheld } })]
    assert.deepEqual(faultsOf(rendered({ services })), [`/a: ${withheld}`])
  })
})

test('a port that two services share is opened once, with the weights of both', () => {
  const services = ['/blue', '/green'].map((id, at) =>
    serviceOf(id, [at + 1], { servicePort: 2000 })
  )
  const shares = [
    { service: 'marathon:/blue:0', weight: 3 },
    { service: 'marathon:/green:0', weight: 1 }
  ]
  const route = routeTo(['/blue'], {}, { services: shares })
  const rendering = rendered({ services, ports: [{ service: 'marathon:/blue:0', route }] })
  assert.deepEqual(faultsOf(rendering), [])
  assert.deepEqual(bindsOf(rendering), ['bind :::2000 v4v6'])
  const [backend] = rendering.desired.backends
  assert.deepEqual(backend?.servers.map(({ port, weight }) => [port, weight]).sort(), [
    [1, 3],
    [2, 1]
  ])
})

test('without service ports a label that asks for one is a problem', () => {
  const labels = { port: 'HAPROXY_0_PORT', mode: 'HAPROXY_0_MODE' }
  const table = tableWith({
    services: [
      serviceOf('/a', [1], { servicePort: 2000, listener: { mode: 'tcp', labels } }),
      serviceOf('/b', [1], { servicePort: 2001 })
    ],
    http: [httpService('/c', 2002, { labels: { mode: 'HAPROXY_0_MODE' } })]
  })
  const rendering = renderingOf(table)
  assert.deepEqual(bindsOf(rendering), [])
  assert.deepEqual(faultsOf(rendering), [
    '/a HAPROXY_0_MODE: service ports are not opened',
    '/a HAPROXY_0_PORT: service ports are not opened'
  ])
})

test('what has to be looked up: sockets in the range, and every certificate', () => {
  const http = [
    httpService('/a', 2000, { address: '::', certificate: '/a.pem' }),
    httpService('/b', 2000, { certificate: '/b.pem' }),
    httpService('/c', 80)
  ]
  const services = [serviceOf('/d', [1], { servicePort: 2001, listener: { address: 'lo' } })]
  const ours = serviceOf('/e', [1], { servicePort: 8080 })
  const table = tableWith({ http, services: [...services, ours] })
  const { sockets, certificates } = wantedOf(table, {
    ...defaultRenderOptions,
    binds: [{ host: '', port: 8080, appIdHeader: false }],
    servicePorts: { host: '10.0.0.1' }
  })
  assert.deepEqual(sockets, [
    { host: '', port: 2000 },
    { host: '10.0.0.1', port: 2000 }
  ])
  assert.deepEqual([...certificates], ['/a.pem', '/b.pem'])
})

test('HAProxy takes every kind of listener', { skip: noHaproxy }, (t) => {
  const http = [
    httpService('/a', 2000),
    httpService('/b', 2001, { address: '127.0.0.1' }, { hsts: 60 }),
    httpService('/c', 2002, { address: '::1' }, { guard: { networks: ['10.0.0.0/8'] } })
  ]
  const services = [
    serviceOf('/d', [1], { servicePort: 2003 }),
    serviceOf('/e', [1], { servicePort: 2003, listener: { address: '::1' } }),
    serviceOf('/f', [1], { servicePort: 2004, listener: { address: '::1' } })
  ]
  checkRendered(t, rendered({ http, services }).desired)
})
