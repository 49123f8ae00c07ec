import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWheel } from '../../../src/gateway/http/upstream/wheel.ts'
import type { Attempt, Outcome } from '../../../src/gateway/plugin.ts'
import { tellExhaustion } from '../../../src/plugins/proxy/exhaustion.ts'
import { refusedOutcome } from '../../../src/plugins/proxy/outcomes.ts'

const TICK_MS = 100

function openStage() {
  const wheel = createWheel(TICK_MS)
  const said: string[] = []
  const log = {
    warn: ({ refused }: { refused: number }, text: string) => said.push(`${refused} ${text}`),
    info: (text: string) => said.push(text)
  }
  const outcomes: Outcome[] = []
  const report = tellExhaustion((outcome) => outcomes.push(outcome), {
    log: log as unknown as Parameters<typeof tellExhaustion>[1]['log'],
    wheel,
    maxConnections: 7
  })
  return {
    ...{ said, outcomes, report, stop: () => wheel.stop() },
    pass(ms: number) {
      for (let at = 0; at < ms; at += TICK_MS) wheel.turn()
    }
  }
}

test('refusals are told once, again while they last, and when they are over', () => {
  const { said, outcomes, report, pass, stop } = openStage()
  for (let i = 0; i < 100; i++) report(refusedOutcome('exhausted', '192.0.2.1'))
  assert.equal(outcomes.length, 100)
  assert.deepEqual(said, ['1 further connections of clients are refused'])
  pass(10_500)
  assert.equal(said[1], '99 further connections of clients are refused')
  pass(10_500)
  assert.deepEqual(said.slice(2), ['connections of clients are taken again'])
  pass(60_000)
  assert.equal(said.length, 3)
  report(refusedOutcome('exhausted', '192.0.2.1'))
  assert.equal(said.length, 4)
  stop()
})

test('requests that found no descriptor are told apart, and others are not told', () => {
  const { said, report, stop } = openStage()
  report(refusedOutcome('badRequest', '192.0.2.1'))
  const attempts = [{} as Attempt]
  report({ ...refusedOutcome('exhausted', '192.0.2.1'), attempts })
  assert.deepEqual(said, ['1 no file descriptors are left for connections to tasks (ulimit -n)'])
  stop()
})
