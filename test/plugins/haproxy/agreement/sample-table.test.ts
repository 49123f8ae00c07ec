import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleTable } from '../../../../src/plugins/haproxy/agreement/sample-table.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const APPS = Array.from({ length: 40 }, (_, n) => `/app${n}`)
const TABLE = tableOf(
  APPS.map((app) => serviceOf(app, [8080])),
  [
    ...APPS.map((app) => routeTo([app], { host: `${app.slice(1)}.test` })),
    ...APPS.map((app) => routeTo([app, '/app0'], { host: `${app.slice(1)}.test`, path: '/both' })),
    routeTo(['/app1'], { path: '/any' })
  ]
)

test('a table of few services is left as it is', () => {
  assert.deepEqual(sampleTable(TABLE, 40, 1), { table: TABLE, hosts: 41, allHosts: 41 })
})

test('of a large table some hosts are kept, with all their routes and services', () => {
  const { table, hosts, allHosts } = sampleTable(TABLE, 10, 1)
  assert.equal(allHosts, 41)
  assert.ok(table.services.size <= 10 && table.services.size >= 9, `${table.services.size}`)
  const kept = new Set([...table.routes.values()].map(({ match }) => match.host))
  assert.equal(kept.size, hosts)
  for (const route of TABLE.routes.values()) {
    assert.equal(table.routes.has(route.id), kept.has(route.match.host), route.id)
  }
  for (const { services } of table.routes.values()) {
    for (const { service } of services) assert.ok(table.services.has(service), service)
  }
})

test('the same seed keeps the same hosts, another seed others', () => {
  const hash = (seed: number) => sampleTable(TABLE, 10, seed).table.hash
  assert.equal(hash(1), hash(1))
  assert.notEqual(hash(1), hash(2))
})
