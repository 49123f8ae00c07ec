import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pickers } from '../../../src/gateway/balance/pickers.ts'
import type { Endpoint } from '../../../src/gateway/model/route.ts'
import {
  endpoint,
  pickerContract,
  pickRequest,
  seededRandom,
  service
} from '../../contract/picker.ts'

for (const [name, make] of Object.entries(pickers)) pickerContract(name, make)

const five = ['a', 'b', 'c', 'd', 'e'].map((task) => endpoint(task))
const tools = (inFlight: (one: Endpoint) => number = () => 0) => ({
  inFlight,
  random: seededRandom()
})

describe('round-robin', () => {
  test('takes one after the other, and goes on with the next table', () => {
    const first = pickers['round-robin'](service(), five, undefined, {
      ...tools(),
      random: () => 0
    })
    const taken = [1, 2].map(() => first(pickRequest(), [])?.taskId)
    const second = pickers['round-robin'](service(), five, first, tools())
    taken.push(...[1, 2, 3].map(() => second(pickRequest(), [])?.taskId))
    assert.deepEqual(taken, ['b', 'c', 'd', 'e', 'a'])
  })
})

describe('least-requests', () => {
  test('prefers the less busy one of two', () => {
    const busy = (one: Endpoint) => (one.taskId === 'a' ? 0 : 10)
    const pick = pickers['least-requests'](service(), five, undefined, tools(busy))
    const hits = Array.from({ length: 1_000 }, () => pick(pickRequest(), [])?.taskId)
    const share = hits.filter((task) => task === 'a').length
    // Among the two with a chance of 2/5 or a little less, as the second may be the first's neighbour.
    assert.ok(share > 300 && share < 500, `${share}`)
  })

  test('never takes the busiest of two endpoints', () => {
    const two = five.slice(0, 2)
    const busy = (one: Endpoint) => (one.taskId === 'a' ? 1 : 0)
    const pick = pickers['least-requests'](service(), two, undefined, tools(busy))
    for (let at = 0; at < 100; at += 1) assert.equal(pick(pickRequest(), [])?.taskId, 'b')
  })
})

describe('hash', () => {
  const byHeader = service({ hashOn: { header: 'x-user' } })
  const users = Array.from({ length: 500 }, (_, at) =>
    pickRequest({ headers: { 'x-user': `u${at}` } })
  )
  const tasksOf = (endpoints: readonly Endpoint[]) => {
    const pick = pickers.hash(byHeader, endpoints, undefined, tools())
    return users.map((user) => pick(user, [])?.taskId)
  }

  test('the same value takes the same endpoint, in whatever order they come', () => {
    assert.deepEqual(tasksOf(five), tasksOf([...five].reverse()))
  })

  test('when an endpoint goes only its own values move', () => {
    const before = tasksOf(five)
    const after = tasksOf(five.slice(0, 4))
    const moved = before.filter((task, at) => task !== after[at])
    assert.ok(moved.length > 0 && moved.every((task) => task === 'e'))
  })

  test('a cookie works like a header', () => {
    const pick = pickers.hash(service({ hashOn: { cookie: 'sid' } }), five, undefined, tools())
    const sid = pickRequest({ cookies: { sid: 'x' } })
    assert.equal(new Set(Array.from({ length: 20 }, () => pick(sid, [])?.taskId)).size, 1)
  })

  test('without a value any endpoint is taken', () => {
    const pick = pickers.hash(byHeader, five, undefined, tools())
    assert.equal(
      new Set(Array.from({ length: 100 }, () => pick(pickRequest(), [])?.taskId)).size,
      5
    )
  })
})
