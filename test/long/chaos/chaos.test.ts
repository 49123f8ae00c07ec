import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defectsOf, reportText } from './report.ts'
import { runChaos } from './run-chaos.ts'

/** Only against hangs. */
const LIMIT_MS = 500_000

/** The short form of `npm run chaos`: what it must show is in docs/chaos.md. */
test('no request is lost while tasks come and go, agents are lost and Marathon is away', async (t) => {
  const record = await runChaos({
    changes: 300,
    seed: 1,
    lane: 'wire',
    rate: 200,
    pace: 6,
    loadProcesses: 1,
    webSockets: 10,
    signal: AbortSignal.any([t.signal, AbortSignal.timeout(LIMIT_MS)])
  })
  assert.deepEqual(defectsOf(record), [], reportText(record))
  assert.ok(record.made >= 300, `${record.made} changes`)
  t.diagnostic(reportText(record))
})
