import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderBarChart } from '../../../bench/report/bar-chart.ts'

const digits = () => 1

test('bar chart: lengths are in proportion, and the longest spread fits', () => {
  const svg = renderBarChart({
    title: 'Times',
    unit: 'ms',
    digits,
    bars: [
      { label: 'a', value: { median: 10, min: 5, max: 20 }, isOwn: false },
      { label: 'b', value: { median: 5, min: 5, max: 5 }, isOwn: true }
    ]
  })
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
  assert.equal((widths[0] ?? 0) / (widths[1] ?? 1), 2)
  const ends = [...svg.matchAll(/ (?:x|H)="?([\d.]+)/g)].map(([, x]) => Number(x))
  assert.ok(Math.max(...ends) < 760)
})

test('bar chart: names can’t break the picture', () => {
  const svg = renderBarChart({
    title: 'a < b & "c"',
    unit: '',
    digits,
    bars: [{ label: '<script>', value: { median: 0, min: 0, max: 0 }, isOwn: false }]
  })
  assert.ok(!svg.includes('<script>') && !svg.includes('NaN') && !svg.includes('"c"'))
})
