import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replacementDelay } from '../../../src/plugins/workers/replacement-pace.ts'

const rows = [
  { what: 'one that was well is replaced at once', ranMs: 10_000, before: 0, delay: 0 },
  { what: 'and so after any pause', ranMs: 60_000, before: 10_000, delay: 0 },
  { what: 'one that ends soon waits a little', ranMs: 50, before: 0, delay: 100 },
  { what: 'and the next one longer', ranMs: 50, before: 100, delay: 200 },
  { what: 'with an end to it', ranMs: 50, before: 9000, delay: 10_000 }
]

for (const { what, ranMs, before, delay } of rows) {
  test(`replacement of a worker: ${what}`, () =>
    assert.equal(replacementDelay(ranMs, before), delay))
}
