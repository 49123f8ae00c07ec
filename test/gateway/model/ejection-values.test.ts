import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parseEjection,
  parseHold,
  parseSlowStart,
  parseStatuses
} from '../../../src/gateway/model/ejection-values.ts'

const cases = [
  [parseEjection, '3', 3],
  [parseEjection, ' none ', 0],
  [parseEjection, '1000', 1000],
  [parseEjection, '0', undefined],
  [parseEjection, '1001', undefined],
  [parseEjection, 'often', undefined],
  [parseStatuses, '502, 503 502', [502, 503]],
  [parseStatuses, 'none', []],
  [parseStatuses, '', undefined],
  [parseStatuses, '404', undefined],
  [parseStatuses, '5xx', undefined],
  [parseSlowStart, '30s', 30_000],
  [parseSlowStart, 'none', 0],
  [parseSlowStart, '0', undefined],
  [parseSlowStart, '2h', undefined],
  [parseHold, '10s', 10_000],
  [parseHold, 'none', 0],
  [parseHold, '11m', undefined]
] as const

for (const [parse, raw, value] of cases) {
  test(`${parse.name} of ${JSON.stringify(raw)}: ${JSON.stringify(value) ?? 'a problem'}`, () => {
    const parsed = parse(raw)
    assert.deepEqual(parsed.value, value)
    assert.equal(parsed.problems.length, value === undefined ? 1 : 0)
  })
}
