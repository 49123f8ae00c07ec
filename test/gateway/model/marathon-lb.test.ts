import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { marathonLbDefinitions } from '../../../src/gateway/model/marathon-lb-definitions.ts'
import { app, compileApps, port, problemTexts, routeTexts } from '../../support/apps.ts'

const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
const VHOST = { HAPROXY_0_VHOST: 'shop.example.com' }

function outcomeOf(
  labels: Record<string, string>,
  given: Parameters<typeof compileApps>[1] = {},
  ports = [port({ servicePort: 10_001 })]
) {
  const compiled = compileApps([app({ labels, ports })], given)
  const { routes, services } = compiled.data
  return {
    texts: routeTexts(routes),
    routes,
    route: routes[0],
    service: services[0],
    problems: problemTexts(compiled)
  }
}

describe('marathon-lb: hosts and paths', () => {
  const to = 'marathon:/myapp:0'
  const cases: readonly (readonly [
    name: string,
    labels: Record<string, string>,
    texts: string[]
  ])[] = [
    ['VHOST', VHOST, [`shop.example.com/ → ${to}`]],
    [
      'VHOST with several, trimmed and in any case',
      { HAPROXY_0_VHOST: 'A.example.com, b.example.com' },
      [`a.example.com/ → ${to}`, `b.example.com/ → ${to}`]
    ],
    ['PATH', { ...VHOST, HAPROXY_0_PATH: '/a' }, [`shop.example.com/a → ${to}`]],
    [
      'PATH with several',
      { ...VHOST, HAPROXY_0_PATH: '/a /b/' },
      [`shop.example.com/a → ${to}`, `shop.example.com/b → ${to}`]
    ],
    ['PATH alone has no effect', { HAPROXY_0_PATH: '/a' }, [`myapp.local/ → ${to}`]],
    ['ENABLED false', { ...VHOST, HAPROXY_0_ENABLED: 'false' }, []],
    [
      'PROXYPASS_PATH of the path',
      { ...VHOST, HAPROXY_0_PATH: '/a', HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/a' },
      [`shop.example.com/a (strip) → ${to}`]
    ]
  ]
  for (const [name, labels, texts] of cases) {
    test(name, () => assert.deepEqual(outcomeOf(labels).texts, texts))
  }
})

describe('marathon-lb: a right label arrives', () => {
  type Outcome = ReturnType<typeof outcomeOf>
  const cases: readonly (readonly [
    name: string,
    value: string,
    read: (outcome: Outcome) => unknown,
    expected: unknown
  ])[] = [
    ['BALANCE', 'leastconn', ({ service }) => service?.picker, 'least-requests'],
    ['BALANCE', 'roundrobin', ({ service }) => service?.picker, 'round-robin'],
    ['BALANCE', 'hdr(X-User)', ({ service }) => service?.hashOn, { header: 'x-user' }],
    ['STICKY', 'true', ({ service }) => service?.sticky, 'mesosphere_server_id'],
    ['STICKY', 'no', ({ service }) => service?.sticky, undefined],
    ['BACKEND_WEIGHT', '7', ({ route }) => route?.priority, 7],
    ['BACKEND_WEIGHT', '5000', ({ route }) => route?.priority, 1000],
    ['REDIRECT_TO_HTTPS', 'Yes', ({ route }) => route?.guard, { https: 'redirect' }],
    ['REDIRECT_TO_HTTPS', 'false', ({ route }) => route?.guard, undefined],
    ['USE_HSTS', 't', ({ route }) => route?.hsts, 15_768_000],
    [
      'AUTH',
      `shop:ann:${HASH}`,
      ({ route }) => route?.guard?.auth,
      { realm: 'shop', users: [{ name: 'ann', hash: HASH }] }
    ],
    [
      'BACKEND_NETWORK_ALLOWED_ACL',
      '10.0.0.0/8 192.0.2.1',
      ({ route }) => route?.guard?.networks,
      ['10.0.0.0/8', '192.0.2.1']
    ],
    [
      'HTTP_BACKEND_PROXYPASS_PATH',
      '/a',
      ({ route }) => route?.rewrite,
      { host: 'shop.example.com', stripPath: '/a' }
    ],
    [
      'HTTP_BACKEND_REVPROXY_PATH',
      '/a',
      ({ route }) => route?.rewrite,
      { location: { vhosts: ['shop.example.com'], path: '/a' } }
    ],
    ['HTTP_BACKEND_REDIR', '/a/', ({ route }) => route?.rewrite, { rootRedirect: '/a/' }],
    ['PORT', '8081', ({ service }) => service?.servicePort, 8081],
    ['MODE', 'TCP', ({ service }) => service?.listener?.mode, 'tcp'],
    ['BIND_ADDR', '10.0.0.1', ({ service }) => service?.listener?.address, '10.0.0.1'],
    ['SSL_CERT', '/etc/a.pem', ({ service }) => service?.listener?.certificate, '/etc/a.pem'],
    ['GROUP', 'external', ({ problems }) => problems, []]
  ]
  for (const [name, value, read, expected] of cases) {
    test(`${name}: ${value.replace(HASH, '…')}`, () => {
      const outcome = outcomeOf({ ...VHOST, [`HAPROXY_0_${name}`]: value })
      assert.deepEqual(read(outcome), expected)
      assert.deepEqual(outcome.problems, [])
      assert.equal(outcome.route?.closed, undefined)
    })
  }
})

describe('marathon-lb: a wrong protective label closes the route', () => {
  for (const [name, value] of [
    ['AUTH', 'ann:secret'],
    ['AUTH', `a:b:${HASH},a:c:${HASH}`],
    ['AUTH', 'a:b:$1$abc$def'],
    ['BACKEND_NETWORK_ALLOWED_ACL', 'localhost'],
    ['REDIRECT_TO_HTTPS', 'perhaps'],
    ['USE_HSTS', ''],
    ['ENABLED', 'maybe'],
    ['HTTP_FRONTEND_ACL_WITH_AUTH', 'acl x'],
    ['BACKEND_HEAD', 'http-request deny if { src 10.0.0.1 }']
  ] as const) {
    test(`${name}: ${value}`, () => {
      const { route, problems } = outcomeOf({ ...VHOST, [`HAPROXY_0_${name}`]: value })
      assert.match(route?.closed ?? '', new RegExp(`^HAPROXY_0_${name}: `))
      assert.match(problems.join(), /its routes are closed/)
    })
  }
})

describe('marathon-lb: any other wrong label is a problem, and the route stays open', () => {
  for (const [label, value, problem] of [
    ['HAPROXY_0_BALANCE', 'source', /has no picker/],
    ['HAPROXY_0_PORT', 'abc', /expected a port number/],
    ['HAPROXY_0_PATH', '-i /a', /compared with case/],
    ['HAPROXY_0_HTTP_BACKEND_REDIR', '//evil.example.com', /expected a path/],
    ['HAPROXY_0_SSL_CERT', '/a b', /absolute path/],
    ['HAPROXY_0_VHSOT', 'x', /did you mean VHOST/],
    ['HAPROXY_3_VHOST', 'x.example.com', /no port 3/],
    ['HAPROXY_VHOST', 'x.example.com', /no such label/],
    ['HAPROXY_0_BACKEND_STICKY_OPTIONS', 'cookie x', /templates are not taken; use gateway.sticky/],
    ['HAPROXY_0_BACKEND_HEAD', 'retries 3', /templates are not taken; use gateway.picker/]
  ] as const) {
    test(`${label}: ${value}`, () => {
      const { route, problems } = outcomeOf({ ...VHOST, [label]: value })
      assert.match(problems.join('\n'), problem)
      assert.equal(problems.length, 1)
      assert.equal(route?.closed, undefined)
      assert.equal(route?.match.host, 'shop.example.com')
    })
  }
})

describe('marathon-lb: a native label wins, and the clash is a problem', () => {
  for (const [native, value, name, other] of [
    ['gateway.hosts', 'shop.example.com', 'VHOST', 'other.example.com'],
    ['gateway.networks', '10.0.0.0/8', 'BACKEND_NETWORK_ALLOWED_ACL', '0.0.0.0/0'],
    ['gateway.0.networks', '10.0.0.0/8', 'BACKEND_NETWORK_ALLOWED_ACL', 'wrong'],
    ['gateway.path', '/a', 'PATH', '/b']
  ] as const) {
    test(`${native} and ${name}`, () => {
      const labels = { 'gateway.hosts': 'shop.example.com', [native]: value }
      const alone = outcomeOf(labels)
      const both = outcomeOf({ ...labels, [`HAPROXY_0_${name}`]: other })
      assert.deepEqual(both.routes, alone.routes)
      assert.match(both.problems.join(), /says the same and counts/)
    })
  }
})

describe('marathon-lb: groups', () => {
  const ports = [port(), port()]
  const labels = {
    HAPROXY_GROUP: 'external,internal',
    HAPROXY_0_VHOST: 'a.example.com',
    HAPROXY_1_VHOST: 'b.example.com',
    HAPROXY_1_GROUP: 'admin'
  }
  for (const [group, hosts] of [
    ['external', ['a.example.com']],
    ['admin', ['b.example.com']],
    ['*', ['a.example.com', 'b.example.com']],
    ['other', []]
  ] as const) {
    test(group, () => {
      const { routes } = outcomeOf(labels, { settings: { groups: [group] } }, ports)
      assert.deepEqual(
        routes.map(({ match }) => match.host),
        hosts
      )
    })
  }
})

test('marathon-lb: apps of one deployment group are one service', () => {
  const labels = { ...VHOST, HAPROXY_DEPLOYMENT_GROUP: 'shop' }
  const compiled = compileApps([
    app({ id: '/shop-blue', labels }),
    app({ id: '/shop-green', labels })
  ])
  assert.deepEqual(routeTexts(compiled.data.routes), [
    'shop.example.com/ → marathon:/shop-blue:0, marathon:/shop-green:0'
  ])
  assert.deepEqual(compiled.problems, [])
})

test('marathon-lb: routing.marathonLb: false reads none of its labels', () => {
  const given = { settings: { marathonLb: false } }
  assert.deepEqual(outcomeOf(VHOST, given).texts, ['myapp.local/ → marathon:/myapp:0'])
})

test('marathon-lb: whatever the labels hold, compilation never throws', () => {
  const name = fc.constantFrom(...marathonLbDefinitions.keys(), 'BACKEND_HEAD', 'X')
  const labels = fc.dictionary(
    name.map((one) => `HAPROXY_0_${one}`),
    fc.string()
  )
  fc.assert(fc.property(labels, (given) => void outcomeOf({ ...VHOST, ...given })))
})
