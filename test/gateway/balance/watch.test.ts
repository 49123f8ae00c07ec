import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBalancer } from '../../../src/gateway/balance/balancer.ts'
import { defaultWatch, type Ejection } from '../../../src/gateway/balance/endpoint-book.ts'
import { pickers } from '../../../src/gateway/balance/pickers.ts'
import { warmShare } from '../../../src/gateway/balance/slow-start.ts'
import type { Endpoint, Route, Service } from '../../../src/gateway/model/route.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { endpoint, pickRequest, seededRandom, service } from '../../contract/picker.ts'

const REFUSED = { phase: 'connect', reason: 'refused', reused: false, bytesRead: 0 } as const

function routeTo(id: string): Route {
  return {
    id,
    match: { host: `${id}.local`, path: '/' },
    services: [{ service: id, weight: 1 }],
    priority: 0,
    strip: false,
    upgrade: 'none',
    hooks: '',
    settings: {},
    origins: {}
  }
}

/** A balancer whose clock a test sets. */
function stage(services: readonly Service[], given: Partial<typeof defaultWatch> = {}) {
  const clock = { now: 1000 }
  const ejections: Ejection[] = []
  const balancer = createBalancer({
    pickers: new Map(Object.entries(pickers)),
    random: seededRandom(),
    now: () => clock.now,
    ...defaultWatch,
    ...given,
    onEjected: (ejection) => void ejections.push(ejection)
  })
  const apply = (next: readonly Service[]) =>
    balancer.apply(buildTable({ routes: next.map(({ id }) => routeTo(id)), services: next }))
  apply(services)
  const request = pickRequest()
  const pick = (id: string, tried: readonly Endpoint[] = [], cookie?: string) =>
    balancer.pick(
      routeTo(id),
      cookie === undefined ? request : pickRequest({ cookies: { s: cookie } }),
      tried
    )?.endpoint
  const fail = (one: Endpoint, times = 1) => {
    for (let i = 0; i < times; i++) {
      balancer.started(one, clock.now, false)
      balancer.ended(one, 0, REFUSED)
    }
  }
  // What was never picked is not known.
  for (const { id } of services) pick(id)
  /** Share of each task among a thousand picks. */
  const shares = (id: string) => {
    const counts: Record<string, number> = {}
    for (let i = 0; i < 1000; i++) {
      const task = pick(id)?.taskId ?? 'none'
      counts[task] = (counts[task] ?? 0) + 1
    }
    return counts
  }
  return { clock, balancer, ejections, apply, pick, fail, shares }
}

const named = (id: string, tasks: readonly string[], given: Partial<Service> = {}): Service =>
  service({
    id,
    endpoints: tasks.map((task) => endpoint(task, { agent: `agent-${task}`, cookie: task })),
    ...given
  })

for (const picker of Object.keys(pickers)) {
  test(`${picker}: an endpoint that fails is passed over, and comes back`, () => {
    const one = named('A', ['a', 'b', 'c'], { picker })
    const { clock, ejections, fail, shares } = stage([one])
    const [a] = one.endpoints as [Endpoint]
    fail(a, 4)
    assert.ok((shares('A')['a'] ?? 0) > 100)
    fail(a)
    assert.deepEqual(
      ejections.map(({ what, until, reason }) => ({ what, until, reason })),
      [{ what: 'endpoint', until: 6000, reason: 'refused' }]
    )
    assert.equal(shares('A')['a'], undefined)
    clock.now = 6000
    assert.ok((shares('A')['a'] ?? 0) > 100)
  })
}

test('a success in between begins the count anew; a client that goes away does not', () => {
  const one = named('A', ['a', 'b'])
  const { balancer, ejections, fail } = stage([one])
  const [a] = one.endpoints as [Endpoint]
  fail(a, 4)
  balancer.ended(a, 200)
  fail(a, 4)
  balancer.ended(a, 0)
  assert.equal(ejections.length, 0)
  fail(a)
  assert.equal(ejections.length, 1)
})

test('statuses count where the app says so', () => {
  const one = named('A', ['a', 'b'], { ejection: { after: 2, statuses: [503] } })
  const { balancer, ejections } = stage([one])
  const [a] = one.endpoints as [Endpoint]
  balancer.ended(a, 503)
  balancer.ended(a, 500)
  balancer.ended(a, 503)
  assert.equal(ejections.length, 0)
  balancer.ended(a, 503)
  assert.deepEqual(
    ejections.map(({ reason }) => reason),
    ['503']
  )
  assert.equal(balancer.stats.ejected, 1)
})

test('when more than half would be out, all get requests; and the half that is, none', () => {
  const one = named('A', ['a', 'b', 'c', 'd'])
  const { clock, fail, shares } = stage([one])
  const [a, b, c] = one.endpoints as [Endpoint, Endpoint, Endpoint]
  fail(a, 5)
  clock.now += 10
  fail(b, 5)
  assert.deepEqual(Object.keys(shares('A')).sort(), ['c', 'd'])
  clock.now += 10
  fail(c, 5)
  assert.deepEqual(Object.keys(shares('A')).sort(), ['a', 'b', 'c', 'd'])
  // The first is back by now, and so only half of them are out.
  clock.now = 6000
  assert.deepEqual(Object.keys(shares('A')).sort(), ['a', 'd'])
})

test('a repeated request takes what is out when nothing else is left', () => {
  const one = named('A', ['a', 'b'])
  const { fail, pick } = stage([one])
  const [a, b] = one.endpoints as [Endpoint, Endpoint]
  fail(a, 5)
  assert.equal(pick('A', [])?.taskId, 'b')
  assert.equal(pick('A', [b])?.taskId, 'a')
  assert.equal(pick('A', [a, b]), undefined)
})

test('a sticky cookie does not lead to an endpoint that is out', () => {
  const one = named('A', ['a', 'b'], { sticky: 's' })
  const { clock, fail, pick } = stage([one])
  const [a] = one.endpoints as [Endpoint]
  assert.equal(pick('A', [], 'a')?.taskId, 'a')
  fail(a, 5)
  assert.equal(pick('A', [], 'a')?.taskId, 'b')
  clock.now = 6000
  assert.equal(pick('A', [], 'a')?.taskId, 'a')
})

test('an endpoint stays out over a change of the table, and one that left is forgotten', () => {
  const one = named('A', ['a', 'b'])
  const { apply, fail, shares } = stage([one])
  const [a] = one.endpoints as [Endpoint]
  fail(a, 5)
  apply([named('A', ['a', 'b', 'c'])])
  assert.deepEqual(Object.keys(shares('A')).sort(), ['b', 'c'])
  apply([named('A', ['b', 'c'])])
  apply([named('A', ['a', 'b', 'c'])])
  assert.deepEqual(Object.keys(shares('A')).sort(), ['a', 'b', 'c'])
})

test('failures of a task that is on its way out say nothing', () => {
  const one = named('A', ['a', 'b'])
  const { apply, ejections, fail, pick } = stage([one])
  pick('A')
  const [a, b] = one.endpoints as [Endpoint, Endpoint]
  apply([{ ...one, endpoints: [{ ...a, lastResort: true }, b] }])
  fail(a, 20)
  assert.equal(ejections.length, 0)
})

test('failures of two services on one agent: none on it gets requests for a while', () => {
  const on = (task: string, agent: string) => endpoint(task, { agent })
  const services = ['A', 'B', 'C', 'D'].map((id) =>
    service({
      id,
      endpoints: [on(`${id}1`, 'x'), ...(id === 'D' ? [] : [on(`${id}2`, 'y')])]
    })
  )
  const { clock, balancer, ejections, fail, shares } = stage(services)
  fail(services[0]?.endpoints[0] as Endpoint)
  assert.deepEqual(Object.keys(shares('C')).sort(), ['C1', 'C2'])
  fail(services[1]?.endpoints[0] as Endpoint)
  assert.deepEqual(
    ejections.map(({ what, until }) => [what, until]),
    [['agent', 11_000]]
  )
  for (const id of ['A', 'B', 'C']) assert.deepEqual(Object.keys(shares(id)), [`${id}2`])
  assert.deepEqual(Object.keys(shares('D')), ['D1'], 'all it has is there')
  assert.deepEqual(balancer.stats, { ejected: 0, suspectAgents: 1 })
  clock.now = 11_000
  assert.deepEqual(Object.keys(shares('C')).sort(), ['C1', 'C2'])
})

for (const picker of ['round-robin', 'random', 'least-requests']) {
  test(`slow start, ${picker}: a new endpoint begins with a tenth and grows`, () => {
    const { clock, apply, shares } = stage([named('A', ['a'], { picker })], { slowStartMs: 10_000 })
    assert.deepEqual(shares('A'), { a: 1000 })
    apply([named('A', ['a', 'b'], { picker })])
    const within = (low: number, high: number) => {
      const share = shares('A')['b'] ?? 0
      assert.ok(share > low && share < high, `${share} of 1000`)
    }
    within(20, 140)
    clock.now += 5000
    within(180, 390)
    clock.now += 5000
    within(430, 570)
  })
}

test('slow start: not for the first endpoints, not with hash, not when there is nobody else', () => {
  const first = stage([named('A', ['a', 'b'])], { slowStartMs: 10_000 })
  assert.deepEqual(first.shares('A'), { a: 500, b: 500 })
  first.apply([named('A', ['c', 'd'])])
  const all = first.shares('A')
  assert.deepEqual(Object.keys(all).sort(), ['c', 'd'])
  const hashed = { picker: 'hash', hashOn: { header: 'x' } }
  const hash = stage([named('A', ['a'], hashed)], { slowStartMs: 10_000 })
  hash.apply([named('A', ['a', 'b'], hashed)])
  assert.ok((hash.shares('A')['b'] ?? 0) > 400)
})

for (const [age, share] of [
  [0, 0.1],
  [500, 0.1],
  [5000, 0.5],
  [9999, 0.9999],
  [10_000, 1],
  // The clock was set back.
  [-1, 1]
] as const) {
  test(`slow start: ${share} of its share at ${age} ms`, () => {
    assert.equal(warmShare(age, 10_000), share)
  })
}
