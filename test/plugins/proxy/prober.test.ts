import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createWheel } from '../../../src/gateway/http/upstream/wheel.ts'
import { endpointChanges } from '../../../src/gateway/model/endpoint-changes.ts'
import type { Endpoint, Probe } from '../../../src/gateway/model/route.ts'
import { emptyTable } from '../../../src/gateway/model/table.ts'
import type { ProbeCall } from '../../../src/plugins/proxy/probe-call.ts'
import { createProber, type ProbeNews } from '../../../src/plugins/proxy/prober.ts'
import { endpoint } from '../../contract/picker.ts'
import { eventually } from '../../support/eventually.ts'
import { serviceOf, tableOf } from '../../support/rendered-tables.ts'

const TICK_MS = 100
const probe: Probe = { kind: 'tcp', intervalMs: 1000, timeoutMs: 500 }

/** A prober whose wheel a test turns, and whose probes it answers. */
function stage() {
  const wheel = createWheel(TICK_MS)
  const asked: { endpoint: Endpoint; done(isGood: boolean): void; ended: boolean }[] = []
  const news: ProbeNews[] = []
  const call: ProbeCall = (one, _probe, done) => {
    const entry = { endpoint: one, done, ended: false }
    asked.push(entry)
    return () => {
      entry.ended = true
    }
  }
  const prober = createProber({
    ...{ wheel, call, random: () => 0.5 },
    onNews: (one) => void news.push(one)
  })
  let table = emptyTable()
  const turn = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      wheel.turn()
      await setImmediate()
    }
  }
  const apply = (tasks: readonly string[], asks: Probe | 'none' = probe) => {
    const endpoints = tasks.map((task) => endpoint(task))
    const before = table
    const service = serviceOf('/a', [], { endpoints, ...(asks !== 'none' && { probe: asks }) })
    table = tableOf([service], [])
    prober.follow(endpointChanges(before, table))
  }
  return { asked, news, prober, turn, apply, stop: () => wheel.stop() }
}

test('prober: an endpoint is probed at its interval, and a probe without an end is a bad one', async (t) => {
  const { asked, news, turn, apply, stop } = stage()
  t.after(stop)
  apply(['a'])
  await turn(600)
  assert.equal(asked.length, 1)
  asked[0]?.done(true)
  await turn(800)
  assert.equal(asked.length, 1)
  await turn(500)
  assert.equal(asked.length, 2)
  asked[1]?.done(true)
  for (let i = 2; i < 5; i++) {
    await turn(1300)
    assert.equal(asked.length, i + 1)
    await turn(700)
    assert.equal(asked[i]?.ended, true)
  }
  assert.deepEqual(
    news.map(({ isWell, isNews, service }) => [service, isWell, isNews]),
    [['marathon:/a:0', false, true]]
  )
})

test('prober: 64 at once, the others in turn', async (t) => {
  const { asked, prober, turn, apply, stop } = stage()
  t.after(stop)
  apply(Array.from({ length: 100 }, (_, i) => `task-${i}`))
  await turn(400)
  await eventually('those that are asked at once', () => asked.length >= 64)
  await setImmediate()
  assert.equal(asked.length, 64)
  for (const { done } of asked.slice(0, 10)) done(true)
  assert.equal(asked.length, 74)
  for (const { done } of asked.slice(10, 74)) done(false)
  assert.equal(asked.length, 100)
  assert.deepEqual(prober.stats, { probed: 100, unwell: 64 })
})

test('prober: what left is probed no more, and nothing is held against it', async (t) => {
  const { asked, news, prober, turn, apply, stop } = stage()
  t.after(stop)
  apply(['a', 'b'])
  await turn(400)
  asked[0]?.done(false)
  apply(['b'])
  assert.deepEqual(
    news.map(({ endpoint, isWell }) => [endpoint.taskId, isWell]),
    [
      ['a', false],
      ['a', true]
    ]
  )
  apply(['b'], 'none')
  assert.equal(asked[1]?.ended, true)
  await turn(5000)
  assert.equal(asked.length, 2)
  assert.deepEqual(prober.stats, { probed: 0, unwell: 0 })
})

test('prober: the same table again changes nothing', async (t) => {
  const { asked, turn, apply, stop } = stage()
  t.after(stop)
  apply(['a'])
  await turn(400)
  apply(['a'], { ...probe })
  assert.equal(asked[0]?.ended, false)
  await turn(100)
  assert.equal(asked.length, 1)
  apply(['a'], { ...probe, timeoutMs: 400 })
  assert.equal(asked[0]?.ended, true)
})
