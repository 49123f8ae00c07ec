import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createWheel, type Timer } from '../../../../src/gateway/http/upstream/wheel.ts'

const timer = (expire: () => void): Timer => ({ deadline: 0, slot: 0, expire })

/** Ticks until the timer was told; 0 when it never was within the bound. */
function ticksUntilTold(
  arm: (wheel: ReturnType<typeof createWheel>, t: Timer) => void,
  bound = 2000
) {
  const wheel = createWheel(100)
  let told = 0
  const t = timer(() => {
    told++
  })
  arm(wheel, t)
  let ticks = 0
  while (told === 0 && ticks < bound) {
    wheel.turn()
    ticks++
  }
  for (let i = 0; i < 200; i++) wheel.turn()
  wheel.stop()
  assert.ok(told <= 1, 'told once')
  return told === 0 ? 0 : ticks
}

const cases = [
  { name: 'never early, at most two ticks late', arm: [250], expect: 4 },
  { name: 'zero is the next tick', arm: [0], expect: 1 },
  { name: 'far beyond one round', arm: [60_000], expect: 601 },
  { name: 'later than before', arm: [300, 60_000], expect: 601 },
  { name: 'earlier than before', arm: [60_000, 300], expect: 4 },
  { name: 'there and back', arm: [60_000, 300, 1000, 500], expect: 6 }
]

for (const c of cases) {
  test(`wheel: ${c.name}`, () => {
    const ticks = ticksUntilTold((wheel, t) => {
      for (const ms of c.arm) wheel.arm(t, ms)
    })
    assert.equal(ticks, c.expect)
  })
}

test('wheel: a disarmed timer is not told', () => {
  const ticks = ticksUntilTold((wheel, t) => {
    wheel.arm(t, 300)
    wheel.disarm(t)
  })
  assert.equal(ticks, 0)
})

test('wheel: a timer armed again after a disarm is told once', () => {
  const ticks = ticksUntilTold((wheel, t) => {
    wheel.arm(t, 300)
    wheel.disarm(t)
    wheel.arm(t, 500)
  })
  assert.equal(ticks, 6)
})

test('wheel: a timer may arm itself when told', async () => {
  const wheel = createWheel(100)
  let told = 0
  const t = timer(() => {
    told++
    wheel.arm(t, 100)
  })
  wheel.arm(t, 100)
  for (let i = 0; i < 100; i++) {
    wheel.turn()
    await setImmediate()
  }
  wheel.stop()
  assert.equal(told, 50)
})

test('wheel: thousands that are met at once are told little by little, and none that was moved meanwhile', async () => {
  const wheel = createWheel(100)
  const told: number[] = []
  const timers = Array.from({ length: 5000 }, (_, at) => timer(() => void told.push(at)))
  for (const one of timers) wheel.arm(one, 100)
  wheel.turn()
  wheel.turn()
  assert.ok(told.length > 0 && told.length <= 100, `${told.length} at once`)
  const [moved, disarmed] = timers.slice(-2)
  assert.ok(moved !== undefined && disarmed !== undefined)
  wheel.arm(moved, 60_000)
  wheel.disarm(disarmed)
  let turns = 0
  for (let before = 0; before < told.length; turns++) {
    before = told.length
    await setImmediate()
  }
  assert.deepEqual(
    told,
    Array.from({ length: 4998 }, (_, at) => at)
  )
  assert.ok(turns > 50)
  wheel.stop()
})
