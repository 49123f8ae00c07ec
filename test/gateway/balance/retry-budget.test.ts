import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RetryBudget } from '../../../src/gateway/balance/retry-budget.ts'

const START = 1_700_000_000_000

/** How many of so many attempts to take are granted. */
function granted(budget: RetryBudget, tries: number, now: number): number {
  return Array.from({ length: tries }, () => budget.take(now)).filter(Boolean).length
}

function counted(requests: number, now: number): RetryBudget {
  const budget = new RetryBudget()
  for (let one = 0; one < requests; one += 1) budget.count(now)
  return budget
}

test('retry budget: 64 in ten seconds, whatever the number of requests', () => {
  assert.equal(granted(counted(0, START), 100, START), 64)
  assert.equal(granted(counted(200, START), 100, START), 64)
})

test('retry budget: a fifth of the requests of the last ten seconds', () => {
  const budget = counted(1000, START)
  assert.equal(granted(budget, 500, START + 9000), 200)
  assert.equal(granted(budget, 500, START + 9999), 0)
})

test('retry budget: what is ten seconds old counts no more', () => {
  const budget = counted(1000, START)
  assert.equal(granted(budget, 500, START + 5000), 200)
  assert.equal(
    granted(budget, 500, START + 10_000),
    0,
    'the requests are forgotten, not the repeats'
  )
  assert.equal(granted(budget, 500, START + 15_000), 64)
})

test('retry budget: what fails for long is repeated by no more than a fifth, begun at any moment', () => {
  for (const begin of [0, 130, 500, 870]) {
    const budget = new RetryBudget()
    let repeats = 0
    for (let one = 0; one < 18_000; one += 1) {
      const now = START + begin + (one * 10) / 3
      budget.count(now)
      if (budget.take(now)) repeats += 1
      if (one >= 320) assert.ok(repeats * 5 <= one + 1, `${repeats} repeats of ${one + 1} requests`)
    }
    assert.ok(repeats >= 3500, `${repeats}`)
  }
})

test('retry budget: a quiet service is lent 64 in every ten seconds', () => {
  const budget = new RetryBudget()
  for (let after = 0; after < 60_000; after += 10_000) {
    budget.count(START + after)
    assert.equal(granted(budget, 100, START + after), 64)
  }
})

test('retry budget: after a long rest, and after a clock that was set back', () => {
  const rested = counted(1000, START)
  assert.equal(granted(rested, 500, START + 3_600_000), 64)
  const back = counted(1000, START)
  assert.equal(granted(back, 500, START - 3_600_000), 64)
  assert.equal(granted(back, 500, START - 3_600_000 + 10_000), 64)
})
