import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthOf } from './growth.ts'
import type { Sample } from './run-soak.ts'

function sample(progress: number, held: number): Sample {
  return { progress, held, rss: held * 2, descriptors: 100 }
}

test('growth is from the median of the second quarter to that of the last', () => {
  const samples = [
    ...[sample(0.1, 900), sample(0.3, 100), sample(0.4, 104), sample(0.5, 102)],
    ...[sample(0.6, 500), sample(0.8, 110), sample(0.9, 300), sample(1, 108)]
  ]
  const { early, late, share } = growthOf(samples, 'held')
  assert.deepEqual([early, late], [102, 110])
  assert.ok(Math.abs(share - 8 / 102) < 1e-9)
  assert.equal(growthOf(samples, 'descriptors').share, 0)
})

test('without samples of a quarter there is no growth to tell', () => {
  assert.deepEqual(growthOf([], 'rss'), { measure: 'rss', early: 0, late: 0, share: 0 })
})
