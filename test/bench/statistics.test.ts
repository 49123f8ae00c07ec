import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quantile, spreadOf } from '../../bench/statistics.ts'

test('spread: the middle of an odd number, the mean of the two middles of an even one', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 })
  assert.deepEqual(spreadOf([4, 1, 2, 10]), { median: 3, min: 1, max: 10 })
  assert.deepEqual(spreadOf([7]), { median: 7, min: 7, max: 7 })
  assert.equal(spreadOf([]), undefined)
})

test('spread: the values given stay in their order', () => {
  const values = [3, 1, 2]
  spreadOf(values)
  assert.deepEqual(values, [3, 1, 2])
})

const quantiles = [
  { name: 'median of a hundred', count: 100, share: 0.5, expect: 50 },
  { name: 'p99 of a hundred', count: 100, share: 0.99, expect: 99 },
  { name: 'p99.9 of a hundred is the greatest', count: 100, share: 0.999, expect: 100 },
  { name: 'p99.9 of ten thousand', count: 10_000, share: 0.999, expect: 9990 },
  { name: 'share 0 is the least', count: 100, share: 0, expect: 1 },
  { name: 'share 1 is the greatest', count: 100, share: 1, expect: 100 },
  { name: 'one value', count: 1, share: 0.99, expect: 1 }
]

for (const { name, count, share, expect } of quantiles) {
  test(`quantile: ${name}`, () => {
    const sorted = Float64Array.from({ length: count }, (_, at) => at + 1)
    assert.equal(quantile(sorted, share), expect)
  })
}

test('quantile: no values give no number', () => {
  assert.ok(Number.isNaN(quantile([], 0.5)))
})
