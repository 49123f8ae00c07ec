import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostGrowth, reportText } from '../long/slow-clients/report.ts'
import { runSlowClients } from '../long/slow-clients/run-slow-clients.ts'

/** What a process of this size grows by on its own. */
const SLACK = 64 * 1024 * 1024

/** The long form is `npm run soak:slow-clients`, which holds the p99 of good clients too. */
for (const lane of ['wire', 'full'] as const) {
  test(`${lane} lane: good clients go on beside slow ones, and memory is bounded`, async (t) => {
    const report = await runSlowClients({
      ...{
        lane,
        cores: {},
        heads: 300,
        bodies: 60,
        perSecond: 20,
        warmMs: 1000,
        measureMs: 2000,
        rampMs: 20_000
      },
      ...{ settleMs: 500, tell: () => undefined }
    })
    t.diagnostic(reportText(report))
    for (const phase of report.phases) {
      for (const { failures } of [phase.atFirst, phase.good]) {
        assert.deepEqual([...failures], [], phase.name)
      }
      assert.ok(phase.attackers > 0, phase.name)
      assert.ok(phase.growth <= mostGrowth(phase) + SLACK, `${phase.growth} bytes`)
    }
  })
}
