import assert from 'node:assert/strict'
import test from 'node:test'
import { pauseMs } from '../../../src/gateway/marathon/backoff.ts'
import { createPacer, type Outcome } from '../../../src/gateway/marathon/pacer.ts'
import { fakeClock } from '../../support/fake-clock.ts'

const pacing = { quietMs: 200, minDistanceMs: 20, distanceFactor: 4, creditMs: 100 }

/** A pacer whose reads take `readMs` of fake time; `starts` are their moments. */
function paced(readMs = 0, outcome: () => Outcome = () => ({})) {
  const clock = fakeClock()
  const starts: number[] = []
  let running = 0
  let most = 0
  const read = async () => {
    starts.push(clock.now())
    most = Math.max(most, ++running)
    if (readMs > 0) await new Promise<void>((resolve) => void clock.after(readMs, resolve))
    running--
    return outcome()
  }
  return { clock, starts, pacer: createPacer(read, pacing, clock), mostAtOnce: () => most }
}

test('the first event reads at once, and once more after a quiet time', async () => {
  const { clock, starts, pacer } = paced()
  pacer.event()
  await clock.advance(1000)
  assert.deepEqual(starts, [0, 200])
  assert.equal(clock.waiting, 0)
})

test('a request reads once', async () => {
  const { clock, starts, pacer } = paced()
  pacer.request()
  await clock.advance(1000)
  assert.deepEqual(starts, [0])
})

test('events soon after a read share the next one', async () => {
  const { clock, starts, pacer } = paced()
  pacer.event()
  await clock.advance(5)
  pacer.event()
  await clock.advance(5)
  pacer.event()
  await clock.advance(1000)
  assert.deepEqual(starts, [0, 20, 210])
})

test('one read at a time, and a request during a read is not lost', async () => {
  const { clock, starts, pacer, mostAtOnce } = paced(50)
  pacer.request()
  await clock.advance(10)
  pacer.request()
  pacer.request()
  await clock.advance(1000)
  assert.deepEqual(starts, [0, 50 + 4 * 50 - 100])
  assert.equal(mostAtOnce(), 1)
})

test('an event during a short read is followed up at once', async () => {
  const { clock, starts, pacer } = paced(10)
  pacer.request()
  await clock.advance(5)
  pacer.request()
  await clock.advance(1000)
  assert.deepEqual(starts, [0, 30])
})

test('rest that was owed is paid by the next quiet time, not saved up', async () => {
  const { clock, starts, pacer } = paced(50)
  for (const at of [0, 5000]) {
    await clock.advance(at - clock.now())
    pacer.request()
    await clock.advance(1)
    pacer.request()
    await clock.advance(1000)
  }
  assert.deepEqual(starts, [0, 150, 5000, 5150])
})

test('a storm of events neither starves nor hurries the reads', async () => {
  const { clock, starts, pacer } = paced(10)
  for (let ms = 0; ms < 1000; ms++) {
    pacer.event()
    await clock.advance(1)
  }
  await clock.advance(1000)
  const distances = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
  // 1,200 ms at 50 ms a read, and what the credit allows.
  assert.ok(starts.length >= 20 && starts.length <= 27, `${starts.length} reads`)
  assert.ok(
    distances.every((distance) => distance >= 30),
    distances.join()
  )
  assert.ok((starts.at(-1) ?? 0) >= 1199, 'the last event is followed by a read')
})

test('the distance counts the time of Marathon alone, when it is known', async () => {
  const { clock, starts, pacer } = paced(1000, () => ({ tookMs: 50 }))
  pacer.request()
  await clock.advance(1)
  pacer.request()
  await clock.advance(3000)
  assert.deepEqual(starts, [0, 1100])
})

test('a failed read rests, is repeated by itself, and events do not hurry it', async () => {
  let failing = true
  const { clock, starts, pacer } = paced(0, () => (failing ? { restMs: 500, againMs: 500 } : {}))
  pacer.request()
  for (let ms = 0; ms < 400; ms += 10) {
    pacer.event()
    await clock.advance(10)
  }
  assert.deepEqual(starts, [0])
  failing = false
  await clock.advance(2000)
  assert.equal(starts[1], 500)
})

test('reads that failed after a long wait owe no rest when one succeeds', async () => {
  const outcomes: Outcome[] = [
    { restMs: 500, againMs: 500 },
    { restMs: 500, againMs: 500 }
  ]
  const { clock, starts, pacer } = paced(6_000, () => outcomes.shift() ?? { tookMs: 10 })
  pacer.request()
  await clock.advance(19_001)
  assert.deepEqual(starts, [0, 6_500, 13_000])
  pacer.request()
  await clock.advance(100)
  assert.deepEqual(starts.slice(3), [19_020])
})

test('news ends a rest', async () => {
  const { clock, starts, pacer } = paced(0, () => ({ restMs: 30_000 }))
  pacer.request()
  await clock.advance(10)
  pacer.request()
  await clock.advance(10)
  pacer.wake()
  await clock.advance(10)
  assert.deepEqual(starts, [0, 20])
})

test('a stopped pacer leaves no timer and reads no more', async () => {
  const { clock, starts, pacer } = paced(0, () => ({ againMs: 100 }))
  pacer.event()
  await clock.advance(10)
  pacer.stop()
  pacer.event()
  pacer.request()
  await clock.advance(1000)
  assert.deepEqual(starts, [0])
  assert.equal(clock.waiting, 0)
})

const pauses: readonly { attempt: number; random: number; expect: number }[] = [
  { attempt: 0, random: 0, expect: 250 },
  { attempt: 0, random: 1, expect: 500 },
  { attempt: 1, random: 1, expect: 1000 },
  { attempt: 3, random: 0.5, expect: 3000 },
  { attempt: 6, random: 1, expect: 30_000 },
  { attempt: 5000, random: 0, expect: 15_000 }
]

for (const { attempt, random, expect } of pauses) {
  test(`pause before attempt ${attempt} at random ${random} is ${expect} ms`, () => {
    assert.equal(pauseMs(attempt, { minMs: 500, maxMs: 30_000 }, random), expect)
  })
}
