import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grouped, renderText, tableOf } from '../../../bench/report/text-table.ts'
import { summarise } from '../../../bench/results.ts'
import { scenarios } from '../../../bench/scenarios.ts'

const [small] = scenarios
assert.ok(small)
const base = { scenario: 'small', errors: 0, p50Ms: 1, p99Ms: 12.345, p999Ms: 30 }
const summaries = summarise([
  { ...base, peer: 'direct', round: 1, requestsPerSecond: 123_456 },
  { ...base, peer: 'haproxy', round: 1, requestsPerSecond: 90_000, cpuMicros: 10 },
  { ...base, peer: 'haproxy', round: 2, requestsPerSecond: 110_000, cpuMicros: 10 },
  { ...base, peer: 'nginx', round: 1, requestsPerSecond: 1234.5, cpuMicros: 8, errors: 3 }
])

test('table: figures with their spread, a ratio, and errors where there are any', () => {
  const { titles, rows } = tableOf(summaries, small)
  assert.deepEqual(titles, [
    'requests/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'CPU µs/request',
    'CPU against HAProxy',
    'errors'
  ])
  assert.deepEqual(rows, [
    { peer: 'direct', cells: ['123,456', '1.00', '12.3', '30.0', '–', '–', '0'] },
    { peer: 'haproxy', cells: ['100,000 ±10%', '1.00', '12.3', '30.0', '10.0', '1.00', '0'] },
    { peer: 'nginx', cells: ['1,235', '1.00', '12.3', '30.0', '8.0', '0.80', '3'] }
  ])
})

test('table: nothing is left of another scenario', () => {
  const other = scenarios.find(({ id }) => id === 'idle')
  assert.ok(other)
  assert.deepEqual(tableOf(summaries, other), { titles: [], rows: [] })
})

test('table for a terminal: columns are as wide as their widest cell', () => {
  const lines = renderText(summaries, small, (id) => id.toUpperCase()).split('\n')
  assert.equal(lines[0], small.title)
  assert.equal(new Set(lines.slice(1).map((line) => line.length)).size, 1)
})

test('digits are grouped by threes, not behind the point', () => {
  const cases = { '1': '1', '1234': '1,234', '1234567': '1,234,567', '1234.5678': '1,234.5678' }
  for (const [given, expected] of Object.entries(cases)) assert.equal(grouped(given), expected)
})
