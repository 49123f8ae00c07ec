import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { corpusOf } from '../../../../src/plugins/haproxy/agreement/corpus.ts'
import { pasteable, wireOf } from '../../../../src/plugins/haproxy/agreement/request-head.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const ROUTES = [
  routeTo(['/shop'], { host: 'shop.example.com' }),
  routeTo(['/api'], { host: 'shop.example.com', path: '/api' }),
  routeTo(['/wild'], { host: '*.example.com', headers: { 'x-canary': '1' } }),
  routeTo(['/any'], { path: '/any', methods: ['POST'] })
]
const TABLE = tableOf(
  ['/shop', '/api', '/wild', '/any'].map((app) => serviceOf(app, [8080])),
  ROUTES
)

test('a corpus is the same for the same table and seed, and another for another seed', () => {
  const one = corpusOf(TABLE, { seed: 1, count: 500 })
  assert.equal(one.requests.length, 500)
  assert.deepEqual(corpusOf(TABLE, { seed: 1, count: 500 }), one)
  assert.notDeepEqual(corpusOf(TABLE, { seed: 2, count: 500 }), one)
})

test('a corpus leads to every route, and to none', () => {
  const { requests } = corpusOf(TABLE, { seed: 1, count: 500 })
  const led = new Set(requests.map(({ route }) => route))
  assert.deepEqual([...led].sort(), [...ROUTES.map(({ id }) => id), undefined].sort())
})

test('a corpus leaves out routes that are not portable, and lists them', () => {
  const notPortable = [{ route: ROUTES[0]?.id ?? '', reason: 'for a test' }]
  const { requests, skipped } = corpusOf(TABLE, { seed: 1, count: 500, notPortable })
  assert.deepEqual(skipped, notPortable)
  assert.ok(requests.length > 400)
  assert.deepEqual(
    requests.filter(({ route }) => route === ROUTES[0]?.id),
    []
  )
})

test('a corpus of a table without routes still asks', () => {
  const { requests } = corpusOf(tableOf([], []), { seed: 1, count: 20 })
  assert.equal(requests.length, 20)
})

test('what is pasted sends the exact bytes', () => {
  const { requests } = corpusOf(TABLE, { seed: 3, count: 300 })
  const heads = [
    ...requests.slice(0, 20).map(({ head }) => head),
    ...requests
      .map(({ head }) => head)
      .filter(({ target }) => /["\\%^']/.test(target))
      .slice(0, 20)
  ]
  for (const head of heads) {
    const command = pasteable(head, { host: '127.0.0.1', port: 80 }).replace(/ \| nc .*$/, '')
    const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'latin1' })
    assert.equal(stdout, wireOf(head))
  }
})
