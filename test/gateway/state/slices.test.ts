import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Steps } from '../../../src/gateway/model/steps.ts'
import { runInSlices } from '../../../src/gateway/state/slices.ts'

/** Every look at the clock takes a millisecond; what is put off runs when the test says so. */
function handDriven() {
  const waiting: (() => void)[] = []
  let ms = 0
  const tools = { now: () => ++ms, later: (run: () => void) => void waiting.push(run) }
  const outcomes: unknown[] = []
  const told = (outcome: unknown) => void outcomes.push(outcome)
  return {
    tools,
    waiting,
    outcomes,
    run: (steps: Steps<number>) => runInSlices(steps, tools, told, told)
  }
}

function* count(to: number, trouble?: Error): Steps<number> {
  for (let at = 0; at < to; at += 1) yield
  if (trouble !== undefined) throw trouble
  return to
}

test('slices: few steps are done at once, however long they take', () => {
  const driven = handDriven()
  driven.run(count(300))
  assert.deepEqual([driven.outcomes, driven.waiting.length], [[300], 0])
})

test('slices: many steps let others have their turn', () => {
  const driven = handDriven()
  driven.run(count(1050))
  let turns = 0
  for (let next = driven.waiting.shift(); next !== undefined; next = driven.waiting.shift()) {
    assert.deepEqual(driven.outcomes, [])
    turns += 1
    next()
  }
  assert.deepEqual(driven.outcomes, [1050])
  assert.ok(turns > 5, `${turns} turns`)
})

test('slices: what a later step throws is told', () => {
  const driven = handDriven()
  const trouble = new Error('no')
  driven.run(count(1050, trouble))
  for (let next = driven.waiting.shift(); next !== undefined; next = driven.waiting.shift()) next()
  assert.deepEqual(driven.outcomes, [trouble])
})
