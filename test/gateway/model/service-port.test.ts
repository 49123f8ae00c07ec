import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { App } from '../../../src/gateway/model/app.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { app, compileApps, port, problemTexts, task } from '../../support/apps.ts'

const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
const VHOST = { HAPROXY_0_VHOST: 'shop.example.com' }
const ID = 'marathon:/myapp:0'

/** The service of an app's first port, and where its service port leads. */
function portOf(
  labels: Record<string, string>,
  given: Parameters<typeof port>[0] = {},
  rest: Parameters<typeof compileApps>[1] = {}
) {
  const ports = [port({ servicePort: 10_001, ...given })]
  const compiled = compileApps([app({ labels, ports })], rest)
  const table = buildTable(compiled.data)
  const service = table.services.get(ID)
  return { service, route: table.ports.get(ID), problems: problemTexts(compiled) }
}

describe('mode of a service port', () => {
  const http = { httpCheck: true } as const
  const cases = [
    { name: 'no label of marathon-lb: bytes', labels: { 'gateway.hosts': 'a.test' }, check: http },
    { name: 'a label without hosts: bytes', labels: { HAPROXY_GROUP: 'external' }, check: {} },
    { name: 'VHOST', labels: VHOST, check: {}, mode: 'http' },
    {
      name: 'hosts of the gateway beside labels of marathon-lb',
      labels: { 'gateway.hosts': 'a.test', HAPROXY_GROUP: 'external' },
      check: {},
      mode: 'http'
    },
    {
      name: 'a health check over HTTP',
      labels: { HAPROXY_GROUP: 'x' },
      check: http,
      mode: 'http'
    },
    {
      name: 'MODE over both',
      labels: { ...VHOST, HAPROXY_0_MODE: 'tcp' },
      check: http,
      mode: 'tcp'
    },
    { name: 'MODE alone', labels: { HAPROXY_0_MODE: 'http' }, check: {}, mode: 'http' }
  ]
  for (const { name, labels, check, mode } of cases) {
    test(name, () => {
      const { service, route } = portOf(labels as Record<string, string>, check)
      assert.equal(service?.servicePort, 10_001)
      assert.equal(service?.listener?.mode, mode)
      assert.equal(route?.id, mode === 'http' ? `${ID}:port` : undefined)
    })
  }
})

test('a service port that speaks HTTP keeps guards, and answers 503 when they are wrong', () => {
  const networks = { HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.0/8' }
  assert.deepEqual(portOf({ ...VHOST, ...networks }).route?.guard, { networks: ['10.0.0.0/8'] })
  const wrong = portOf({ ...VHOST, HAPROXY_0_AUTH: 'wrong' })
  assert.match(wrong.route?.closed ?? '', /^HAPROXY_0_AUTH: /)
  assert.equal(wrong.service?.servicePort, 10_001)
})

describe('a service port that can’t be had as asked for is not opened, and says why', () => {
  const tcp = { HAPROXY_0_MODE: 'tcp' }
  const cases: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ['a guard over TCP', { ...tcp, HAPROXY_0_AUTH: `a:b:${HASH}` }, /lead past its guards$/],
    ['a wrong guard over TCP', { ...tcp, HAPROXY_0_AUTH: 'wrong' }, /lead past its guards$/],
    ['hooks over TCP', { ...tcp, 'gateway.hooks': 'sign-in' }, /lead past its guards$/],
    ['a wrong address', { HAPROXY_0_BIND_ADDR: 'lo' }, /HAPROXY_0_BIND_ADDR: expected an address/],
    [
      'a wrong certificate',
      { HAPROXY_0_SSL_CERT: 'a.pem' },
      /HAPROXY_0_SSL_CERT: expected the abs/
    ],
    ['bind options', { HAPROXY_0_BIND_OPTIONS: 'ssl crt /a' }, /BIND_OPTIONS: templates are not/],
    ['a frontend of its own', { HAPROXY_0_FRONTEND_HEAD: 'bind :1 ssl' }, /templates are not taken/]
  ]
  for (const [name, labels, why] of cases) {
    test(name, () => {
      const { service, route } = portOf(labels)
      assert.equal(service?.servicePort, undefined)
      assert.match(service?.listener?.withheld ?? '', /^its service port 10001 is not opened: /)
      assert.match(service?.listener?.withheld ?? '', why)
      assert.equal(route, undefined)
    })
  }
})

test('labels of a listener are named with what they say', () => {
  const labels = {
    HAPROXY_0_PORT: '8081',
    HAPROXY_0_BIND_ADDR: '::1',
    HAPROXY_0_SSL_CERT: '/a.pem'
  }
  const { service, problems } = portOf(labels)
  assert.equal(service?.servicePort, 8081)
  assert.deepEqual(service?.listener, {
    address: '::1',
    certificate: '/a.pem',
    labels: {
      port: 'HAPROXY_0_PORT',
      address: 'HAPROXY_0_BIND_ADDR',
      certificate: 'HAPROXY_0_SSL_CERT'
    }
  })
  assert.deepEqual(problems, [])
})

describe('which ports have a service for their service port', () => {
  const ports = [
    port({ servicePort: 10_001 }),
    port({ servicePort: 10_002 }),
    port({ servicePort: 10_003, protocol: 'udp' }),
    port({ servicePort: 10_004, protocol: 'udp,tcp' }),
    port()
  ]
  const opened = (labels: Record<string, string>, given: Parameters<typeof compileApps>[1] = {}) =>
    compileApps([app({ labels, ports })], given).data.services.flatMap(
      ({ servicePort }) => servicePort ?? []
    )
  const cases: readonly (readonly [
    string,
    Record<string, string>,
    Parameters<typeof compileApps>[1],
    number[]
  ])[] = [
    ['all of TCP, without any label', {}, {}, [10_001, 10_002, 10_004]],
    ['of marathon-lb', { HAPROXY_1_MODE: 'tcp' }, {}, [10_001, 10_002, 10_004]],
    ['not a disabled one', { HAPROXY_1_ENABLED: 'false' }, {}, [10_001, 10_004]],
    [
      'of our groups only',
      { HAPROXY_GROUP: 'a', HAPROXY_1_GROUP: 'b' },
      { settings: { groups: ['b'] } },
      [10_002]
    ],
    ['none of an app that asks for nothing', {}, { settings: { expose: 'labelled' } }, []],
    [
      'of marathon-lb in any case',
      { HAPROXY_GROUP: 'a' },
      { settings: { expose: 'labelled' } },
      [10_001, 10_002, 10_004]
    ]
  ]
  for (const [name, labels, given, expected] of cases) {
    test(name, () => assert.deepEqual(opened(labels, given), expected))
  }
})

test('a service that a file leads to opens no port that its app disabled', () => {
  const labels = { HAPROXY_0_ENABLED: 'false', HAPROXY_0_PORT: '8081' }
  const { data } = compileApps([], {
    snapshots: [
      {
        source: 'marathon',
        takenAt: 0,
        apps: [app({ labels })],
        routes: [
          {
            id: 'file',
            match: { host: 'a.test', path: '/' },
            services: [{ service: 'app:/myapp', weight: 1 }],
            priority: 0,
            strip: false,
            upgrade: 'websocket',
            hooks: '',
            settings: {},
            origins: {}
          }
        ],
        services: [],
        overrides: [],
        problems: []
      }
    ]
  })
  assert.deepEqual(
    data.services.map(({ id, servicePort }) => [id, servicePort]),
    [[ID, undefined]]
  )
})

describe('apps of a deployment group share their service port', () => {
  const colour = (id: string, more: Record<string, string>, tasks: number): App =>
    app({
      id,
      instances: 4,
      ports: [port({ servicePort: 10_050 })],
      labels: { HAPROXY_DEPLOYMENT_GROUP: 'shop', HAPROXY_0_PORT: '10001', ...more },
      tasks: Array.from({ length: tasks }, (_, at) => task({ id: `${id.slice(1)}.${at}` }))
    })
  const started = (day: number) => ({
    HAPROXY_DEPLOYMENT_STARTED_AT: `2026-01-0${day}T00:00:00`,
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '4'
  })
  for (const mode of ['tcp', 'http']) {
    test(`by ${mode}, with the shares of the deployment`, () => {
      const more = { HAPROXY_0_MODE: mode }
      const { data, problems } = compileApps([
        colour('/shop-green', { ...more, ...started(2) }, 1),
        colour('/shop-blue', { ...more, ...started(1) }, 4)
      ])
      assert.deepEqual(problems, [])
      assert.deepEqual(
        data.portRoutes?.map(({ service, route }) => [service, route.services]),
        [
          [
            'marathon:/shop-blue:0',
            [
              { service: 'marathon:/shop-blue:0', weight: 3 },
              { service: 'marathon:/shop-green:0', weight: 1 }
            ]
          ]
        ]
      )
    })
  }
  test('but not with another port, or another Marathon group', () => {
    const { data } = compileApps([
      colour('/shop-blue', {}, 1),
      colour('/shop-green', { HAPROXY_0_PORT: '10002' }, 1),
      colour('/other/shop', {}, 1)
    ])
    assert.deepEqual(data.portRoutes, [])
  })
})
