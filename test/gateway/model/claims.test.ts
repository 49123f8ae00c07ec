import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Claims } from '../../../src/gateway/model/claims.ts'
import { compile } from '../../../src/gateway/model/compile.ts'
import {
  app,
  compileApps,
  compileInput,
  problemTexts,
  routeTexts,
  snapshot
} from '../../support/apps.ts'

const host = 'shop.example'
const wants = (id: string, more: Record<string, string> = {}) =>
  app({ id, labels: { 'gateway.hosts': host, ...more } })
const held = (holder: string, source = 'marathon'): Claims =>
  new Map([[host, { source, app: holder }]])

interface Row {
  readonly name: string
  readonly apps: readonly ReturnType<typeof app>[]
  readonly claims?: Claims
  /** `path app` of each route on the host. */
  readonly expect: readonly string[]
  readonly holder: string
  /** Apps with a problem. */
  readonly problems?: readonly string[]
}

const rows: readonly Row[] = [
  {
    name: 'at first sight the smaller id wins',
    apps: [wants('/b/y'), wants('/a/x')],
    expect: ['/ /a/x'],
    holder: '/a/x',
    problems: ['/b/y']
  },
  {
    name: 'a claim stays with its app, whoever comes',
    apps: [wants('/b/y'), wants('/a/x', { 'gateway.priority': '1000' })],
    claims: held('/b/y'),
    expect: ['/ /b/y'],
    holder: '/b/y',
    problems: ['/a/x']
  },
  {
    name: 'the holder is gone: the next one gets it',
    apps: [wants('/c/z'), wants('/a/x')],
    claims: held('/b/y'),
    expect: ['/ /a/x'],
    holder: '/a/x',
    problems: ['/c/z']
  },
  {
    name: 'the holder no longer asks: the next one gets it',
    apps: [app({ id: '/b/y' }), wants('/a/x')],
    claims: held('/b/y'),
    expect: ['/ /a/x'],
    holder: '/a/x'
  },
  {
    name: 'the holder is gone: an app of its Marathon group is preferred',
    apps: [wants('/a/x'), wants('/b/z')],
    claims: held('/b/y'),
    expect: ['/ /b/z'],
    holder: '/b/z',
    problems: ['/a/x']
  },
  {
    name: 'a disabled app holds nothing',
    apps: [wants('/a/x', { 'gateway.enabled': 'false' }), wants('/b/y')],
    claims: held('/a/x'),
    expect: ['/ /b/y'],
    holder: '/b/y'
  },
  {
    name: 'another path is no way in for a stranger',
    apps: [wants('/b/y'), wants('/a/x', { 'gateway.path': '/login' })],
    claims: held('/b/y'),
    expect: ['/ /b/y'],
    holder: '/b/y',
    problems: ['/a/x']
  },
  {
    name: 'apps of one Marathon group share a host by path',
    apps: [wants('/shop/web'), wants('/shop/api', { 'gateway.path': '/api' })],
    claims: held('/shop/web'),
    expect: ['/ /shop/web', '/api /shop/api'],
    holder: '/shop/web'
  },
  {
    name: 'the root group is a Marathon group, too',
    apps: [wants('/web'), wants('/api', { 'gateway.path': '/api' })],
    claims: held('/web'),
    expect: ['/ /web', '/api /api'],
    holder: '/web'
  },
  {
    name: 'a nested group is another group',
    apps: [wants('/shop/web'), wants('/shop/api/v1', { 'gateway.path': '/api' })],
    expect: ['/api /shop/api/v1'],
    holder: '/shop/api/v1',
    problems: ['/shop/web']
  },
  {
    name: 'same place in one group: the higher priority',
    apps: [wants('/shop/a'), wants('/shop/b', { 'gateway.priority': '1' })],
    claims: held('/shop/a'),
    expect: ['/ /shop/b'],
    holder: '/shop/a',
    problems: ['/shop/a']
  },
  {
    name: 'same place and priority in one group: the holder',
    apps: [wants('/shop/a'), wants('/shop/b')],
    claims: held('/shop/b'),
    expect: ['/ /shop/b'],
    holder: '/shop/b',
    problems: ['/shop/a']
  },
  {
    name: 'same place in the root group: the holder, whatever the priority',
    apps: [wants('/a', { 'gateway.priority': '1000' }), wants('/b')],
    claims: held('/b'),
    expect: ['/ /b'],
    holder: '/b',
    problems: ['/a']
  },
  {
    name: 'two ports of one app: the higher priority, in the root group too',
    apps: [
      app({
        id: '/a',
        ports: [...app().ports, ...app().ports],
        labels: { 'gateway.hosts': host, 'gateway.1.hosts': host, 'gateway.1.priority': '1' }
      })
    ],
    expect: ['/ /a'],
    holder: '/a',
    problems: ['/a']
  }
]

describe('claims of a host', () => {
  for (const row of rows) {
    test(row.name, () => {
      const compiled = compileApps(row.apps, { claims: row.claims ?? new Map() })
      const { data, claims, problems } = compiled
      const routes = data.routes.filter(({ match }) => match.host === host)
      assert.deepEqual(
        routes
          .map(({ match, services }) => `${match.path} ${services[0]?.service.split(':')[1]}`)
          .sort(),
        row.expect
      )
      assert.deepEqual(claims.get(host), { source: 'marathon', app: row.holder })
      assert.deepEqual(problems.map(({ app }) => app).sort(), row.problems ?? [])
    })
  }

  test('the problem names the holder and the label', () => {
    const compiled = compileApps([wants('/b/y'), wants('/a/x')])
    assert.deepEqual(problemTexts(compiled), [
      '/b/y gateway.hosts: the host shop.example belongs to /a/x; this app gets no route there'
    ])
  })

  test('of two ports of one app the route of the higher priority stays', () => {
    const compiled = compileApps(rows.at(-1)?.apps ?? [])
    const route = compiled.data.routes.find(({ match }) => match.host === host)
    assert.equal(route?.services[0]?.service, 'marathon:/a:1')
  })
})

test('claims: a path on every host is held like a host', () => {
  const compiled = compileApps([
    app({ id: '/a/x', labels: { 'gateway.path': '/api' } }),
    app({ id: '/b/y', labels: { 'gateway.path': '/api/' } }),
    app({ id: '/c/z', labels: { 'gateway.path': '/api/v1' } })
  ])
  assert.deepEqual(routeTexts(compiled.data.routes), [
    '*/api → marathon:/a/x:0',
    '*/api/v1 → marathon:/c/z:0'
  ])
  assert.deepEqual(compiled.claims.get('*/api'), { source: 'marathon', app: '/a/x' })
  assert.match(problemTexts(compiled)[0] ?? '', /the path \/api on every host belongs to \/a\/x/)
})

test('claims: those of a source that was not read yet are kept', () => {
  const claims = held('/web', 'other')
  const compiled = compileApps([wants('/a/x')], { claims })
  assert.deepEqual(compiled.claims.get(host), { source: 'other', app: '/web' })
  assert.deepEqual(compiled.data.routes, [])
  assert.match(problemTexts(compiled)[0] ?? '', /belongs to \/web of other/)
})

test('claims: two sources with the same app are two apps, the smaller source name wins', () => {
  const snapshots = ['b', 'a'].map((source) => snapshot({ source, apps: [wants('/web')] }))
  const compiled = compile(compileInput({ snapshots }))
  assert.deepEqual(routeTexts(compiled.data.routes), ['shop.example/ → a:/web:0'])
  assert.deepEqual(
    compiled.problems.map(({ source, reason }) => `${source}: ${reason}`),
    ['b: the host shop.example belongs to /web of a; this app gets no route there']
  )
})

test('claims: what nobody wants any more is forgotten', () => {
  const { claims } = compileApps([app()], { claims: held('/b/y') })
  assert.deepEqual([...claims.keys()], ['myapp.local'])
})

test('claims: compiling again with the claims it gave changes nothing', () => {
  const apps = [wants('/b/y'), wants('/a/x'), wants('/shop/a'), app()]
  const first = compileApps(apps, { claims: held('/b/y') })
  const second = compileApps(apps, { claims: first.claims })
  assert.deepEqual(second, first)
})
