import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { App } from '../../../src/gateway/model/app.ts'
import { compile } from '../../../src/gateway/model/compile.ts'
import type { Match, Route, Service } from '../../../src/gateway/model/route.ts'
import { appServiceRef, parseAppServiceRef } from '../../../src/gateway/model/service-refs.ts'
import type { Override } from '../../../src/gateway/model/snapshot.ts'
import { app, compileInput, port, problemTexts, routeTexts, snapshot } from '../../support/apps.ts'

const origin = { source: 'file', file: 'routes.yaml:3' }

function ready(
  match: Partial<Match>,
  services: readonly string[],
  more: Partial<Route> = {}
): Route {
  return {
    id: `file:${match.host ?? '*'}${match.path ?? '/'}`,
    match: { path: '/', ...match },
    services: services.map((service) => ({ service, weight: 1 })),
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: { host: origin },
    ...more
  }
}

const box: Service = {
  id: 'file:box',
  origin,
  endpoints: [
    {
      id: 'box@10.9.9.9:80',
      taskId: 'box@10.9.9.9:80',
      host: '10.9.9.9',
      port: 80,
      agent: '10.9.9.9',
      lastResort: false,
      cookie: ''
    }
  ],
  leftOut: [],
  picker: '',
  timeouts: {}
}

function compiled(
  apps: readonly App[],
  routes: readonly Route[],
  given: { overrides?: Override[]; services?: Service[] } = {}
) {
  return compile(
    compileInput({
      snapshots: [
        snapshot({ apps }),
        snapshot({
          source: 'file',
          routes,
          services: given.services ?? [box],
          overrides: given.overrides ?? []
        })
      ]
    })
  )
}

const web = app({ id: '/shop/web', labels: { 'gateway.hosts': 'shop.example' } })

describe('a ready-made route', () => {
  test('leads to static services and to ports of apps', () => {
    const two = app({ id: '/two', ports: [port({ name: 'a' }), port({ name: 'b' })] })
    const result = compiled(
      [two],
      [
        ready({ host: 'x.example' }, ['file:box', 'app:/two', 'app:/two#b']),
        ready({ host: 'y.example' }, ['app:marathon/two#1'])
      ]
    )
    assert.deepEqual(routeTexts(result.data.routes), [
      'two.local/ → marathon:/two:0',
      'x.example/ → file:box, marathon:/two:0, marathon:/two:1',
      'y.example/ → marathon:/two:1'
    ])
    assert.deepEqual(problemTexts(result), [])
  })

  test('leads to an app that labels keep out', () => {
    const hidden = app({ labels: { 'gateway.enabled': 'false' } })
    const result = compiled([hidden], [ready({ host: 'x.example' }, ['app:/myapp'])])
    assert.deepEqual(routeTexts(result.data.routes), ['x.example/ → marathon:/myapp:0'])
  })

  test('stays, without endpoints, when its app is unknown', () => {
    const result = compiled(
      [],
      [ready({ host: 'x.example' }, ['app:/gone', 'app:other/gone#1', 'file:gone'])]
    )
    assert.deepEqual(routeTexts(result.data.routes), ['x.example/ → '])
    assert.deepEqual(problemTexts(result), [
      'routes.yaml:3: no app /gone is known; it takes no share of the route',
      'routes.yaml:3: no app /gone is known to other; it takes no share of the route',
      'routes.yaml:3: no service file:gone is known; it takes no share of the route'
    ])
  })

  test('brings its match in normal form; a wrong one is left out', () => {
    const result = compiled(
      [],
      [ready({ host: 'X.Example:80', path: '//a/' }, ['file:box']), ready({ host: 'a b' }, [])]
    )
    assert.deepEqual(routeTexts(result.data.routes), ['x.example/a → file:box'])
    assert.deepEqual(problemTexts(result), [
      'routes.yaml:3: the host of a route is no host name; the route is left out'
    ])
  })

  test('is closed when its hook set is unknown', () => {
    const result = compiled([], [ready({ host: 'x.example' }, ['file:box'], { hooks: 'nope' })])
    assert.match(result.data.routes[0]?.closed ?? '', /hook set nope/)
  })

  test('beats a label at the same place', () => {
    const result = compiled([web], [ready({ host: 'shop.example' }, ['file:box'])])
    assert.deepEqual(routeTexts(result.data.routes), ['shop.example/ → file:box'])
    assert.match(
      problemTexts(result)[0] ?? '',
      /^\/shop\/web gateway.hosts: routes.yaml:3 declares/
    )
  })

  test('on / takes the host from strangers, not from its apps and their Marathon group', () => {
    const path = (id: string) =>
      app({ id, labels: { 'gateway.hosts': 'shop.example', 'gateway.path': id } })
    const result = compiled(
      [path('/a/evil'), path('/shop/api'), path('/shop/web')],
      [ready({ host: 'shop.example' }, ['app:/shop/web'])]
    )
    assert.deepEqual(routeTexts(result.data.routes), [
      'shop.example/ → marathon:/shop/web:0',
      'shop.example/shop/api → marathon:/shop/api:0',
      'shop.example/shop/web → marathon:/shop/web:0'
    ])
    assert.deepEqual(problemTexts(result), [
      '/a/evil gateway.hosts: routes.yaml:3 declares the host shop.example; this app gets no route there'
    ])
  })

  test('on another path, or under conditions, leaves the host to its labels', () => {
    const result = compiled(
      [web],
      [
        ready({ host: 'shop.example', path: '/old' }, ['file:box']),
        ready({ host: 'shop.example', headers: { 'x-canary': '1' } }, ['file:box'])
      ]
    )
    assert.deepEqual(routeTexts(result.data.routes), [
      'shop.example/ → file:box',
      'shop.example/ → marathon:/shop/web:0',
      'shop.example/old → file:box'
    ])
    assert.deepEqual(problemTexts(result), [])
  })
})

describe('an override', () => {
  const override = (given: Partial<Override>): Override => ({
    app: '/shop/web',
    file: 'routes.yaml:9',
    ...given
  })

  test('weight and priority beat labels, and tell where they came from', () => {
    const labelled = app({
      id: '/shop/web',
      labels: { 'gateway.weight': '1', 'gateway.priority': '1' }
    })
    const result = compiled([labelled], [], { overrides: [override({ weight: 7, priority: 9 })] })
    const [route] = result.data.routes
    assert.deepEqual([route?.services[0]?.weight, route?.priority], [7, 9])
    assert.equal(route?.origins['weight']?.file, 'routes.yaml:9')
    assert.equal(route?.origins['priority']?.file, 'routes.yaml:9')
  })

  test('enabled takes an app out, and another one in', () => {
    const out = compiled([web], [], { overrides: [override({ enabled: false })] })
    assert.deepEqual(out.data.routes, [])
    assert.equal(out.claims.size, 0)
    const hidden = app({ id: '/shop/web', labels: { 'gateway.enabled': 'false' } })
    const back = compiled([hidden], [], { overrides: [override({ enabled: true })] })
    assert.deepEqual(routeTexts(back.data.routes), ['web.shop.local/ → marathon:/shop/web:0'])
  })

  test('of an unknown app is a problem', () => {
    const result = compiled([], [], { overrides: [override({ weight: 1 })] })
    assert.deepEqual(problemTexts(result), ['routes.yaml:9: no app /shop/web is known to override'])
  })
})

describe('a static service', () => {
  test('gets the default picker and the values of its sticky cookie', () => {
    const { data } = compiled([], [], { services: [{ ...box, sticky: 'node' }] })
    assert.equal(data.services[0]?.picker, 'round-robin')
    assert.match(data.services[0]?.endpoints[0]?.cookie ?? '', /^[0-9a-f]{16}$/)
  })

  test('with an unknown picker is a problem, and still served', () => {
    const result = compiled([], [], { services: [{ ...box, picker: 'best' }] })
    assert.equal(result.data.services[0]?.picker, 'round-robin')
    assert.match(problemTexts(result)[0] ?? '', /best is no picker/)
  })
})

describe("a plugin's resolver", () => {
  const resolved = (routes: () => readonly Route[]) =>
    compile(
      compileInput({
        snapshots: [snapshot({ apps: [app()] })],
        resolvers: [{ name: 'mine', routes }]
      })
    )

  test('adds routes to what labels say', () => {
    const result = resolved(() => [ready({ host: 'x.example' }, ['marathon:/myapp:0'])])
    assert.ok(routeTexts(result.data.routes).includes('x.example/ → marathon:/myapp:0'))
  })

  test('that throws is a problem; the other routes stay', () => {
    const result = resolved(() => {
      throw new Error('oops')
    })
    assert.deepEqual(routeTexts(result.data.routes), ['myapp.local/ → marathon:/myapp:0'])
    assert.match(problemTexts(result)[0] ?? '', /^mine: the resolver failed .*oops/)
  })

  test('gives no route twice', () => {
    const route = ready({ host: 'x.example' }, ['marathon:/myapp:0'])
    const result = resolved(() => [route, { ...route }])
    assert.match(problemTexts(result)[0] ?? '', /another route has the id/)
  })
})

test('appServiceRef: reads back what it writes', () => {
  for (const ref of [
    { app: '/shop/api' },
    { app: '/shop/api', port: 'http' },
    { app: '/a', port: '1', source: 'marathon-b' }
  ]) {
    assert.deepEqual(parseAppServiceRef(appServiceRef(ref)), ref)
  }
  assert.equal(parseAppServiceRef('marathon:/shop/api:0'), undefined)
})
