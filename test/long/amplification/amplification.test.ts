import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { amplify } from './amplify.ts'

/** The goal for a minute; a few seconds allow the floor of the budget on top, 64 repeats. */
const GOAL = 1.2
const FLOOR = 64

for (const lane of ['wire', 'full'] as const) {
  describe(`${lane} lane`, { concurrency: true }, () => {
    for (const misery of ['503', 'reset', 'hangs up'] as const) {
      test(`repeats add a fifth at most when every task answers ${misery}`, async () => {
        const { sent, reached } = await amplify({ misery, lane, seconds: 3, rate: 150 })
        assert.ok(sent > 20, `${sent} sent`)
        assert.ok(reached <= GOAL * sent + FLOOR, `${sent} sent, ${reached} at tasks`)
        assert.ok(reached >= sent, `${sent} sent, ${reached} at tasks`)
      })
    }
  })
}
