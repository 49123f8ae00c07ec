import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from '../../../../src/gateway/model/route.ts'
import { plainHost } from '../../../../src/plugins/haproxy/agreement/plain-host.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const SERVICES = [serviceOf('/a', [8080]), serviceOf('/b', [8080]), serviceOf('/empty', [])]
const reason = 'for a test'

const cases: { name: string; routes: readonly Route[]; left?: number; expect?: string }[] = [
  {
    name: 'a host that leads to a task',
    routes: [routeTo(['/a'], { host: 'a.test' })],
    expect: 'a.test'
  },
  { name: 'nobody’s host, without routes', routes: [], expect: 'nobody.invalid' },
  {
    name: 'no host of a path, of a wildcard, without tasks, closed or guarded',
    routes: [
      routeTo(['/a'], { host: 'path.test', path: '/path' }),
      routeTo(['/a'], { host: '*.wild.test' }),
      routeTo(['/empty'], { host: 'empty.test' }),
      routeTo(['/a'], { host: 'closed.test' }, { closed: reason }),
      routeTo(['/a'], { host: 'guarded.test' }, { guard: { networks: ['10.0.0.0/8'] } })
    ],
    expect: 'nobody.invalid'
  },
  {
    name: 'not a host whose route is not portable',
    routes: [routeTo(['/a'], { host: 'a.test' }), routeTo(['/b'], { host: 'b.test' })],
    left: 0,
    expect: 'b.test'
  },
  { name: 'none, where every host leads to such a route', routes: [routeTo(['/a'], {})], left: 0 }
]

for (const { name, routes, left, expect } of cases) {
  test(`plain host: ${name}`, () => {
    const route = left === undefined ? undefined : routes[left]?.id
    const notPortable = route === undefined ? [] : [{ route, reason }]
    assert.equal(plainHost(tableOf(SERVICES, routes), notPortable, '/x'), expect)
  })
}
