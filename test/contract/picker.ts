import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PickerMaker, PickerTools, PickRequest } from '../../src/gateway/balance/picker.ts'
import type { Endpoint, Service } from '../../src/gateway/model/route.ts'

export function endpoint(name: string, given: Partial<Endpoint> = {}): Endpoint {
  return {
    id: `${name}:0`,
    taskId: name,
    host: '10.0.0.1',
    port: 31000,
    agent: '10.0.0.1',
    lastResort: false,
    cookie: '',
    ...given
  }
}

export function service(given: Partial<Service> = {}): Service {
  return {
    id: 'marathon:/myapp:0',
    origin: { source: 'marathon', app: '/myapp' },
    endpoints: [],
    leftOut: [],
    picker: 'round-robin',
    timeouts: {},
    ...given
  }
}

export function pickRequest(
  given: { headers?: Record<string, string>; cookies?: Record<string, string> } = {}
): PickRequest {
  const headers = new Map(Object.entries(given.headers ?? {}))
  const cookies = new Map(Object.entries(given.cookies ?? {}))
  return { header: (name) => headers.get(name), cookie: (name) => cookies.get(name) }
}

/** The same numbers in every run (mulberry32). */
export function seededRandom(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** What holds for every picker. */
export function pickerContract(name: string, make: PickerMaker): void {
  const tools: PickerTools = { inFlight: () => 0, random: seededRandom() }
  const hashing = service({ picker: name, hashOn: { header: 'x-key' } })
  const made = (endpoints: readonly Endpoint[]) =>
    make({ ...hashing, endpoints }, endpoints, undefined, tools)
  const three = ['a', 'b', 'c'].map((task) => endpoint(task))
  const keyed = (at: number) => pickRequest({ headers: { 'x-key': `${at}` } })

  describe(`picker ${name}`, () => {
    test('gives undefined when there is no endpoint', () => {
      assert.equal(made([])(pickRequest(), []), undefined)
      assert.equal(made([])(keyed(1), []), undefined)
    })

    test('reaches every endpoint', () => {
      const pick = made(three)
      const seen = new Set(Array.from({ length: 300 }, (_, at) => pick(keyed(at), [])?.taskId))
      assert.deepEqual([...seen].sort(), ['a', 'b', 'c'])
    })

    test('spreads requests about evenly', () => {
      const pick = made(three)
      const counts = new Map<string | undefined, number>()
      for (let at = 0; at < 3_000; at += 1) {
        const task = pick(keyed(at), [])?.taskId
        counts.set(task, (counts.get(task) ?? 0) + 1)
      }
      for (const count of counts.values()) assert.ok(count > 800 && count < 1_200, `${count}`)
    })

    test('never takes what was tried, and tries all before it gives up', () => {
      const pick = made(three)
      for (let at = 0; at < 50; at += 1) {
        const tried: Endpoint[] = []
        for (let step = 0; step < 3; step += 1) {
          const chosen = pick(keyed(at), tried)
          assert.ok(chosen !== undefined && !tried.includes(chosen))
          tried.push(chosen)
        }
        assert.equal(pick(keyed(at), tried), undefined)
      }
    })

    test('goes on after a change of endpoints', () => {
      const first = made(three)
      for (let at = 0; at < 5; at += 1) first(keyed(at), [])
      const one = three.slice(2)
      const second = make({ ...hashing, endpoints: one }, one, first, tools)
      assert.equal(second(keyed(1), [])?.taskId, 'c')
      assert.equal(make(hashing, [], second, tools)(keyed(1), []), undefined)
      assert.ok(make(hashing, three, make(hashing, [], second, tools), tools)(keyed(1), []))
    })
  })
}
