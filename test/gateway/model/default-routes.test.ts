import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoutingSettings } from '../../../src/gateway/model/compile.ts'
import { app, compileApps, problemTexts, routeTexts } from '../../support/apps.ts'

interface Row {
  readonly name: string
  readonly id?: string
  readonly labels?: Record<string, string>
  readonly settings?: Partial<RoutingSettings>
  readonly expect: readonly string[]
}

const rows: readonly Row[] = [
  { name: 'an app of the root group', expect: ['myapp.local/ → marathon:/myapp:0'] },
  {
    name: 'the id is reversed, for each domain',
    id: '/shop/api',
    settings: { domains: ['local', 'Example.COM', 'bücher.example'] },
    expect: [
      'api.shop.example.com/ → marathon:/shop/api:0',
      'api.shop.local/ → marathon:/shop/api:0',
      'api.shop.xn--bcher-kva.example/ → marathon:/shop/api:0'
    ]
  },
  {
    name: 'routing.path adds a path on every host, stripped',
    id: '/shop/api',
    settings: { path: '/apps/{id}' },
    expect: [
      '*/apps/shop/api (strip) → marathon:/shop/api:0',
      'api.shop.local/ → marathon:/shop/api:0'
    ]
  },
  {
    name: 'an id with $ and regular-expression signs is text',
    id: '/a$&b',
    settings: { path: '/{id}', domains: [] },
    expect: ['*/a$&b (strip) → marathon:/a$&b:0']
  },
  {
    name: 'hosts replace the default hosts, not the default path',
    labels: { 'gateway.hosts': 'a.example' },
    settings: { path: '/{id}' },
    expect: ['*/myapp (strip) → marathon:/myapp:0', 'a.example/ → marathon:/myapp:0']
  },
  {
    name: 'a path replaces both',
    labels: { 'gateway.path': '/x' },
    settings: { path: '/{id}' },
    expect: ['*/x → marathon:/myapp:0']
  },
  {
    name: 'hosts and path',
    labels: { 'gateway.hosts': 'a.example *.b.example', 'gateway.path': '/x' },
    expect: ['*.b.example/x → marathon:/myapp:0', 'a.example/x → marathon:/myapp:0']
  },
  { name: 'disabled', labels: { 'gateway.enabled': 'false' }, expect: [] },
  { name: 'expose labelled: no label, no route', settings: { expose: 'labelled' }, expect: [] },
  {
    name: 'expose labelled: another label is no wish',
    labels: { 'gateway.sticky': 'true' },
    settings: { expose: 'labelled' },
    expect: []
  },
  {
    name: 'expose labelled: enabled',
    labels: { 'gateway.enabled': 'true' },
    settings: { expose: 'labelled' },
    expect: ['myapp.local/ → marathon:/myapp:0']
  },
  {
    name: 'expose labelled: a path',
    labels: { 'gateway.path': '/x' },
    settings: { expose: 'labelled' },
    expect: ['*/x → marathon:/myapp:0']
  },
  {
    name: 'groups: the app is in one of them',
    labels: { 'gateway.group': 'internal external' },
    settings: { groups: ['external'] },
    expect: ['myapp.local/ → marathon:/myapp:0']
  },
  {
    name: 'groups: the app is in another one',
    labels: { 'gateway.group': 'internal' },
    settings: { groups: ['external', ''] },
    expect: []
  },
  { name: 'groups: the app is in none', settings: { groups: ['external'] }, expect: [] },
  {
    name: 'groups: the empty name stands for apps in none',
    settings: { groups: [''] },
    expect: ['myapp.local/ → marathon:/myapp:0']
  },
  {
    name: 'groups: * stands for every app',
    labels: { 'gateway.group': 'internal' },
    settings: { groups: ['*'] },
    expect: ['myapp.local/ → marathon:/myapp:0']
  },
  {
    name: 'groups: a gateway without any serves every app',
    labels: { 'gateway.group': 'internal' },
    expect: ['myapp.local/ → marathon:/myapp:0']
  }
]

for (const row of rows) {
  test(`routes of an app: ${row.name}`, () => {
    const apps = [app({ id: row.id ?? '/myapp', labels: row.labels ?? {} })]
    const compiled = compileApps(apps, { settings: row.settings ?? {} })
    assert.deepEqual(routeTexts(compiled.data.routes), row.expect)
    assert.deepEqual(problemTexts(compiled), [])
  })
}

test('routes of an app: a wrong group is no group at all, so the app stays with none', () => {
  const compiled = compileApps([app({ labels: { 'gateway.group': 'a/b' } })], {
    settings: { groups: ['external', ''] }
  })
  assert.deepEqual(compiled.data.routes, [])
  assert.match(problemTexts(compiled)[0] ?? '', /"a\/b" is no group name/)
})

test('routes of an app: an id too long for a host name is a problem, its path still leads there', () => {
  const id = `/${'a'.repeat(64)}`
  const compiled = compileApps([app({ id }), app()], { settings: { path: '/{id}' } })
  assert.deepEqual(
    compiled.data.routes.map(({ match }) => `${match.host ?? '*'}${match.path}`).sort(),
    [`*${id}`, '*/myapp', 'myapp.local/'].sort()
  )
  assert.match(problemTexts(compiled)[0] ?? '', /the id makes no host name under local/)
})

test('routes of an app: without tasks it keeps its routes', () => {
  const { data } = compileApps([app({ tasks: [] })])
  assert.deepEqual(routeTexts(data.routes), ['myapp.local/ → marathon:/myapp:0'])
  assert.deepEqual(data.services[0]?.endpoints, [])
})

test('routes of an app: an id that comes twice counts once', () => {
  const compiled = compileApps([app(), app({ labels: { 'gateway.hosts': 'b.example' } })])
  assert.deepEqual(routeTexts(compiled.data.routes), ['myapp.local/ → marathon:/myapp:0'])
  assert.match(problemTexts(compiled)[0] ?? '', /twice/)
})
