import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsOf, reportText } from '../../long/changes/report.ts'
import { runChanges } from '../../long/changes/run-changes.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'

test('the haproxy plane: forty changes under constant load fail no request and reload only for structure', {
  skip: withoutHaproxy
}, async (t) => {
  const report = await runChanges({
    plane: 'haproxy',
    changes: 40,
    // Draws changes of all kinds.
    seed: 4,
    atOnce: 4,
    clients: { 'keep-alive': 3, fresh: 1, patient: 2 },
    tell: () => undefined
  })
  t.diagnostic(reportText(report))
  assert.deepEqual(faultsOf(report), [])
  const made = Object.keys(report.changes).sort()
  assert.deepEqual(made, [
    'crash',
    'create',
    'deploy',
    'destroy',
    'kill',
    'scale-down',
    'scale-up',
    'settings'
  ])
})
