import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { HostLookup } from '../../../src/gateway/model/resolve.ts'
import { resolve } from '../../../src/gateway/model/resolve.ts'
import type { Match, Route } from '../../../src/gateway/model/route.ts'
import { buildTable, emptyTable } from '../../../src/gateway/model/table.ts'
import { facts } from '../../support/apps.ts'

function route(id: string, match: Partial<Match>, more: Partial<Route> = {}): Route {
  return {
    id,
    match: { path: '/', ...match },
    services: [],
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {},
    ...more
  }
}

const table = buildTable({
  routes: [
    route('plain', { host: 'plain.test' }),
    route('web', { host: 'shop.test' }),
    route('api', { host: 'shop.test', path: '/api' }),
    route('api-v1', { host: 'shop.test', path: '/api/v1' }),
    route('encoded', { host: 'shop.test', path: '/a%2Fb' }),
    route('only-path', { host: 'half.test', path: '/x' }),
    route('wild', { host: '*.wild.test' }),
    route('wild-path', { host: '*.half.test', path: '/w' }),
    route('exact-under-wild', { host: 'a.wild.test', path: '/exact' }),
    route('any-x', { path: '/x' }),
    route('any-deep', { path: '/deep/er' }),
    route('v6', { host: '[::1]' }),
    route('get', { host: 'cond.test', methods: ['GET'] }),
    route('canary', { host: 'cond.test', headers: { 'x-canary': 'yes' } }),
    route('canary-post', {
      host: 'cond.test',
      headers: { 'x-canary': 'yes' },
      methods: ['POST']
    }),
    route('low', { host: 'prio.test', methods: ['GET'] }, { priority: 1 }),
    route('high', { host: 'prio.test', methods: ['GET', 'POST'] }, { priority: 2 }),
    route('same-b', { host: 'same.test', methods: ['GET'] }),
    route('same-a', { host: 'same.test', methods: ['GET'] }),
    route('__proto__', { host: '__proto__', path: '/constructor' })
  ],
  services: [],
  appRoutes: [{ app: '/myapp', route: route('app', {}) }]
})

const canary = { 'x-canary': 'yes' }
type Row = readonly [url: string, expected: string, given?: Parameters<typeof facts>[1]]
const rows: readonly Row[] = [
  ['plain.test/', 'plain /'],
  ['plain.test/any/../thing?x', 'plain /'],
  ['plain.test/x', 'plain /'],
  ['PLAIN.test.:8888/x', 'plain /'],
  ['plain.test/a\\b', 'badPath'],
  ['plain.test/%5c', 'badPath'],
  ['plain.test/%00', 'badPath'],
  ['plain.test/?%00\\', 'plain /'],
  ['shop.test/', 'web /'],
  ['shop.test/apix', 'web /'],
  ['shop.test/api', 'api /api'],
  ['shop.test/api?x=/v1', 'api /api'],
  ['shop.test/api/', 'api /api'],
  ['shop.test/api/v1', 'api-v1 /api/v1'],
  ['shop.test/api/v1/deep/er', 'api-v1 /api/v1'],
  ['shop.test/api/v12', 'api /api'],
  ['shop.test//api//v1', 'api-v1 /api/v1'],
  ['shop.test/%61pi/%76%31', 'api-v1 /api/v1'],
  ['shop.test/api%2Fv1', 'web /'],
  ['shop.test/a%2fb/c', 'encoded /a%2Fb'],
  ['shop.test/%2561pi', 'web /'],
  ['shop.test/api/../x', 'badPath'],
  ['shop.test/api/%2e%2E/x', 'badPath'],
  ['shop.test/./api', 'badPath'],
  ['shop.test/.well-known', 'web /'],
  ['shop.test/api/%zz', 'api /api'],
  ['half.test/x/y', 'only-path /x'],
  ['half.test/y', 'none'],
  ['half.test/deep/er/x', 'any-deep /deep/er'],
  ['half.test/x/../deep/er', 'badPath'],
  ['foo.wild.test/', 'wild /'],
  ['foo.wild.test/x', 'wild /'],
  ['a.wild.test/exact', 'exact-under-wild /exact'],
  ['a.wild.test/other', 'wild /'],
  ['a.b.wild.test/', 'none'],
  ['wild.test/', 'none'],
  ['b.half.test/w', 'wild-path /w'],
  ['b.half.test/x', 'any-x /x'],
  ['unknown.test/', 'none'],
  ['unknown.test/x', 'any-x /x'],
  ['/x', 'any-x /x'],
  ['/', 'none'],
  ['[0::1]:80/', 'v6 /'],
  ['a b/x', 'badHost'],
  ['*.wild.test/', 'badHost'],
  ['__proto__/constructor', '__proto__ /constructor'],
  ['__proto__/toString', 'none'],
  ['cond.test/', 'get /'],
  ['cond.test/', 'none', { method: 'POST' }],
  ['cond.test/', 'canary /', { headers: canary }],
  ['cond.test/', 'canary-post /', { headers: canary, method: 'POST' }],
  ['cond.test/x', 'any-x /x', { method: 'POST' }],
  ['prio.test/', 'high /'],
  ['same.test/', 'same-a /'],
  ['plain.test/', 'plain /', { headers: { 'x-marathon-app-id': '/myapp' } }]
]

for (const [url, expected, given] of rows) {
  const more = given === undefined ? '' : ` ${JSON.stringify(given)}`
  test(`resolve: ${url}${more} is ${expected}`, () => {
    for (const cache of [undefined, new Map<string, HostLookup>()]) {
      for (const round of [1, 2])
        assert.equal(answer(url, given, cache), expected, `round ${round}`)
    }
  })
}

function answer(url: string, given?: Row[2], cache?: Map<string, HostLookup>): string {
  const found = resolve(table, facts(url, given), {}, cache)
  if (found.kind === 'route') return `${found.route.id} ${found.key}`
  return found.kind === 'refused' ? found.error : 'none'
}

test('resolve: a target that is no path is refused', () => {
  for (const target of ['*', '', 'a/b', 'http://plain.test/']) {
    const found = resolve(table, { ...facts('plain.test/'), target })
    assert.deepEqual(found, { kind: 'refused', error: 'badPath' })
  }
})

describe('resolve: X-Marathon-App-Id, on a listener that allows it', () => {
  const ask = (app: string, url = 'unknown.test/y') => {
    const given = facts(url, { headers: { 'x-marathon-app-id': app } })
    const found = resolve(table, given, { appIdHeader: true })
    return found.kind === 'route' ? found.route.id : found.kind
  }
  test('leads to the app', () => assert.equal(ask('/myapp'), 'app'))
  test('goes before the host', () => assert.equal(ask('/myapp', 'plain.test/'), 'app'))
  test('an unknown app is no route', () => assert.equal(ask('/none', 'plain.test/'), 'none'))
  test('__proto__ is an unknown app', () => assert.equal(ask('__proto__'), 'none'))
  test('a malformed host is refused all the same', () =>
    assert.equal(ask('/myapp', 'a b/'), 'refused'))
})

test('resolve: only hosts that are not exact come to the cache, and no overlong ones', () => {
  const cache = new Map<string, HostLookup>()
  for (const host of ['plain.test', 'PLAIN.test', 'foo.wild.test', 'a b', 'x'.repeat(300)]) {
    resolve(table, { ...facts('a/'), host }, {}, cache)
  }
  assert.deepEqual([...cache.keys()], ['PLAIN.test', 'foo.wild.test', 'a b'])
})

test('resolve: an empty table has no route for anyone', () => {
  assert.deepEqual(resolve(emptyTable(), facts('a.test/x')), { kind: 'none' })
  assert.deepEqual(resolve(emptyTable(), facts('/x')), { kind: 'none' })
})

test('resolve: a path of many segments costs little', () => {
  const target = '/a'.repeat(8_000)
  const startedAt = performance.now()
  for (let i = 0; i < 100; i += 1) resolve(table, { ...facts('shop.test/'), target })
  assert.ok(performance.now() - startedAt < 10_000)
})

test('resolve: never throws; a route has a key that begins the path', () => {
  const host = fc.oneof(fc.constantFrom('shop.test', 'SHOP.test:1', 'x.wild.test'), fc.string())
  const piece = fc.constantFrom('/', 'api', 'v1', '.', '..', '%2e', '%61', '%', '?', 'x')
  const target = fc.oneof(
    fc.array(piece).map((list) => `/${list.join('')}`),
    fc.string()
  )
  fc.assert(
    fc.property(host, target, (name, path) => {
      const found = resolve(table, { ...facts('a/'), host: name, target: path })
      if (found.kind === 'route') assert.equal(found.key, found.route.match.path)
    }),
    { numRuns: 2000 }
  )
})
