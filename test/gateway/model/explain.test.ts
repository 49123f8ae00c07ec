import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { explain } from '../../../src/gateway/model/explain.ts'
import { renderExplanation } from '../../../src/gateway/model/explain-text.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { app, compileApps, facts, task } from '../../support/apps.ts'

const compiled = compileApps([
  app({
    id: '/shop/web',
    labels: { 'gateway.hosts': 'shop.example' },
    tasks: [task({ id: 'web.1' }), task({ id: 'web.2', state: 'TASK_STAGING' })]
  }),
  app({ id: '/shop/api', labels: { 'gateway.hosts': 'shop.example', 'gateway.path': '/api' } }),
  app({ id: '/tail', labels: { 'gateway.hosts': 'shop.example' } }),
  app({ id: '/every', labels: { 'gateway.path': '/every' }, tasks: [] }),
  app({ id: '/shut', labels: { 'gateway.hooks': 'none-such' } })
])
const table = buildTable(compiled.data)
const ask = (url: string, given?: Parameters<typeof facts>[1]) =>
  explain(table, facts(url, given), compiled.problems)

describe('explain', () => {
  test('names the winner, and why the others lost', () => {
    const found = ask('Shop.Example:80/api/x?q')
    assert.deepEqual([found.host, found.path, found.outcome], ['shop.example', '/api/x', 'route'])
    assert.equal(found.error, undefined)
    assert.deepEqual(
      found.classes.map(({ kind, candidates }) => [
        kind,
        candidates.map(({ path, why }) => `${path} ${why}`)
      ]),
      [['exact', ['/api the best that fits', '/ /api is longer']]]
    )
    assert.equal(found.route?.origins['path']?.label, 'gateway.path')
  })

  test('tells each task left out, with the reason', () => {
    const [service] = ask('shop.example/').services
    assert.deepEqual(service?.leftOut, [
      { taskId: 'web.2', reason: 'is being staged', isStarting: true }
    ])
    assert.equal(service?.endpoints.length, 1)
  })

  test('tells the problem of an app that did not get the host', () => {
    assert.deepEqual(
      ask('shop.example/').problems.map(({ app }) => app),
      ['/tail']
    )
  })

  test('a path that does not cover the request lost for that', () => {
    const candidates = ask('unknown.example/x').classes[0]?.candidates
    assert.deepEqual(
      candidates?.map(({ why }) => why),
      ['its path does not cover /x']
    )
  })

  test('outcomes and errors', () => {
    const rows: readonly (readonly [string, string, string | undefined])[] = [
      ['shop.example/', 'route', undefined],
      ['every.local/every', 'route', 'noEndpoint'],
      ['shut.local/', 'route', 'guardInvalid'],
      ['unknown.example/', 'none', 'noRoute'],
      ['/', 'none', 'noRoute'],
      ['a b/', 'refused', 'badHost'],
      ['shop.example/a/../b', 'refused', 'badPath']
    ]
    for (const [url, outcome, error] of rows) {
      const found = ask(url)
      assert.deepEqual([found.outcome, found.error], [outcome, error], url)
    }
  })

  test('a route of an app id says so', () => {
    const given = facts('x.example/', { headers: { 'x-marathon-app-id': '/shop/web' } })
    const found = explain(table, given, [], { appIdHeader: true })
    assert.match(found.classes[0]?.candidates[0]?.why ?? '', /names the app/)
  })

  test('is plain data', () => {
    const found = ask('shop.example/api')
    assert.deepEqual(JSON.parse(JSON.stringify(found)), found)
  })
})

test('renderExplanation: reads in a terminal', () => {
  assert.equal(
    renderExplanation(ask('Shop.Example/?x')),
    `GET /?x  Host: Shop.Example
compared as shop.example /

The route marathon:/shop/web:0:shop.example/ answers, with 1 endpoint.

Candidates
  host shop.example
  → /  marathon:/shop/web:0:shop.example/: the best that fits
    /api  marathon:/shop/api:0:shop.example/api: its path does not cover /

Route
  host: shop.example  (gateway.hosts of /shop/web)
  path: /  (default, /shop/web)
  strip: false
  priority: 0
  upgrade: websocket
  hooks: (none)

Services
  marathon:/shop/web:0  weight 1, round-robin
    10.0.0.1:31000  web.1
    left out: web.2 is being staged

Problems
  /tail gateway.hosts: the host shop.example belongs to /shop/api; this app gets no route there`
  )
})

test('explain: never throws, and its text holds no control characters', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, text, (host, path, method) => {
      const asked = { host, target: `/${path}`, method, header: () => undefined }
      const rendered = renderExplanation(explain(table, asked, compiled.problems))
      assert.doesNotMatch(rendered.replaceAll('\n', ''), /\p{Cc}/u)
    })
  )
})
