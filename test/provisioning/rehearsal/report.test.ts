import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReport } from '../../../provisioning/rehearsal/report.ts'
import { reportPage, succeeded } from '../../../provisioning/rehearsal/report-page.ts'

const inCi = { skipsFail: true }
const elsewhere = { skipsFail: false }

function reportAt(times: readonly number[]) {
  const lines: string[] = []
  const left = [...times]
  const report = createReport({
    write: (line) => void lines.push(line),
    now: () => left.shift() ?? 0
  })
  return { report, lines }
}

test('a step that passes is recorded with its seconds and what it says', async () => {
  const { report } = reportAt([1000, 3500])
  assert.equal(await report.step('boots', 'real', async () => 'in no time'), 'in no time')
  assert.deepEqual(report.data.steps, [
    { name: 'boots', kind: 'real', outcome: 'passed', seconds: 2.5, detail: 'in no time' }
  ])
  assert.ok(succeeded(report.data, inCi))
})

test('a step that fails is recorded, and ends what builds on it', async () => {
  const { report, lines } = reportAt([])
  const step = report.step('boots', 'real', () => Promise.reject(new Error('no kernel')))
  await assert.rejects(step, /no kernel/)
  assert.equal(report.data.steps[0]?.outcome, 'failed')
  assert.match(lines.join('\n'), /FAILED.*boots\n\s+no kernel/)
  assert.ok(!succeeded(report.data, elsewhere))
})

test('a check that fails is recorded, and the rehearsal goes on', async () => {
  const { report } = reportAt([])
  assert.equal(await report.check('lints', 'static', () => Promise.reject(new Error('x'))), false)
  assert.ok(!succeeded(report.data, elsewhere))
})

test('a skipped step fails where nothing may be skipped, and only there', () => {
  const { report } = reportAt([])
  report.skip('machines', 'real', 'machines need root')
  assert.ok(succeeded(report.data, elsewhere))
  assert.ok(!succeeded(report.data, inCi))
})

test('an attempt that was not refused fails the rehearsal', () => {
  const { report } = reportAt([])
  assert.ok(
    report.attempt({ tried: 'ZooKeeper', from: 'outsider', expected: 'closed', got: 'closed' })
  )
  assert.ok(succeeded(report.data, inCi))
  assert.ok(!report.attempt({ tried: 'Mesos', from: 'outsider', expected: '401', got: '200' }))
  assert.ok(!succeeded(report.data, inCi))
})

test('the page has a row for each step, stand-in and attempt, and no cell that breaks its table', async () => {
  const { report } = reportAt([])
  await report.step('a | b', 'stand-in', async () => 'seen')
  report.standIn({ what: 'Marathon', by: 'local-marathon' })
  report.attempt({ tried: 'GET /', from: 'laptop', expected: '401', got: '401' })
  const page = reportPage(report.data, { date: new Date(0), seconds: 12.4 })
  assert.match(page, /1 of 1 steps passed in 12 s/)
  assert.match(page, /\| a \\\| b \| stand-in \| passed \| 0\.0 \|/)
  assert.match(page, /\| Marathon \| local-marathon \|/)
  assert.match(page, /\| GET \/ \| laptop \| 401 \| 401 \| yes \|/)
  assert.match(page, /\*\*a \| b\*\*\n\n {4}seen/)
})
