import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { app, compileApps, port, problemTexts, routeTexts } from '../../support/apps.ts'

const member = (id: string, labels: Record<string, string> = {}) =>
  app({ id, labels: { 'gateway.service': 'web', ...labels } })

describe('gateway.service joins apps of one Marathon group', () => {
  const rows: readonly (readonly [
    name: string,
    apps: readonly ReturnType<typeof app>[],
    expect: readonly string[]
  ])[] = [
    [
      'default host of the service, shares by weight',
      [
        member('/shop/green', { 'gateway.weight': '10' }),
        member('/shop/blue', { 'gateway.weight': '90' })
      ],
      ['web.shop.local/ → marathon:/shop/blue:0=90, marathon:/shop/green:0=10']
    ],
    [
      'in the root group',
      [member('/a'), member('/b')],
      ['web.local/ → marathon:/a:0, marathon:/b:0']
    ],
    [
      'a host that one declares leads to all, and replaces the default',
      [member('/shop/a'), member('/shop/b', { 'gateway.hosts': 'b.example' })],
      ['b.example/ → marathon:/shop/a:0, marathon:/shop/b:0']
    ],
    [
      'the same host of all is one route',
      [
        member('/shop/a', { 'gateway.hosts': 'x.example' }),
        member('/shop/b', { 'gateway.hosts': 'x.example' })
      ],
      ['x.example/ → marathon:/shop/a:0, marathon:/shop/b:0']
    ],
    [
      'another group is another service',
      [member('/shop/a'), member('/other/b')],
      ['web.other.local/ → marathon:/other/b:0', 'web.shop.local/ → marathon:/shop/a:0']
    ],
    [
      'weight 0 takes none, but stays a member',
      [member('/shop/a', { 'gateway.weight': '0' }), member('/shop/b')],
      ['web.shop.local/ → marathon:/shop/a:0=0, marathon:/shop/b:0']
    ],
    [
      'a disabled member is out',
      [member('/shop/a', { 'gateway.enabled': 'false' }), member('/shop/b')],
      ['web.shop.local/ → marathon:/shop/b:0']
    ],
    [
      'another port joins by its own label',
      [
        member('/shop/a'),
        app({ id: '/shop/b', ports: [port(), port()], labels: { 'gateway.1.service': 'web' } })
      ],
      [
        'b.shop.local/ → marathon:/shop/b:0',
        'web.shop.local/ → marathon:/shop/a:0, marathon:/shop/b:1'
      ]
    ]
  ]
  for (const [name, apps, expect] of rows) {
    test(name, () => {
      const compiled = compileApps(apps)
      assert.deepEqual(routeTexts(compiled.data.routes), expect)
      assert.deepEqual(problemTexts(compiled), [])
    })
  }

  test('expose labelled: one member that asks exposes the service', () => {
    const apps = [member('/shop/a'), member('/shop/b', { 'gateway.hosts': 'b.example' })]
    const { data } = compileApps(apps, { settings: { expose: 'labelled' } })
    assert.deepEqual(routeTexts(data.routes), [
      'b.example/ → marathon:/shop/a:0, marathon:/shop/b:0'
    ])
  })

  test('equal routes follow the smallest app id; what differs is a problem', () => {
    const labels = { 'gateway.hosts': 'x.example', 'gateway.path': '/x' }
    const compiled = compileApps([
      member('/shop/b', { ...labels, 'gateway.path.strip': 'true' }),
      member('/shop/a', labels)
    ])
    assert.deepEqual(
      compiled.data.routes.map(({ id, strip }) => [id, strip]),
      [['marathon:/shop/a:0:x.example/x', false]]
    )
    assert.deepEqual(problemTexts(compiled), [
      '/shop/b gateway.hosts: gateway.path.strip differs from /shop/a, whose value holds'
    ])
  })

  test('a member with an invalid guard is not reached through the others', () => {
    const compiled = compileApps([
      member('/shop/a'),
      member('/shop/b', { 'gateway.hooks': 'none-such' })
    ])
    assert.deepEqual(routeTexts(compiled.data.routes), ['web.shop.local/ → marathon:/shop/a:0'])
    assert.equal(compiled.data.routes[0]?.closed, undefined)
  })

  test('a claim on a host of the service passes from member to member', () => {
    const host = { 'gateway.hosts': 'x.example' }
    const stranger = app({ id: '/a/evil', labels: host })
    const first = compileApps([member('/shop/blue', host), member('/shop/green', host)])
    const second = compileApps([member('/shop/green', host), stranger], { claims: first.claims })
    assert.deepEqual(routeTexts(second.data.routes), ['x.example/ → marathon:/shop/green:0'])
    assert.equal(second.claims.get('x.example')?.app, '/shop/green')
  })
})
