import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomesOf } from '../../bench/goals.ts'
import { ratioBetween, type Sample, summarise } from '../../bench/results.ts'

function sample(peer: string, round: number, cpuMicros: number): Sample {
  return { scenario: 'small', peer, round, errors: 0, cpuMicros }
}

// The machine is three times as slow in the second round, for all.
const samples = [
  sample('haproxy', 1, 10),
  sample('gateway-wire', 1, 16),
  sample('haproxy', 2, 30),
  sample('gateway-wire', 2, 48),
  sample('haproxy', 3, 10),
  sample('gateway-wire', 3, 17)
]

test('summaries: medians and spread over rounds', () => {
  const wire = summarise(samples).find(({ peer }) => peer === 'gateway-wire')
  assert.deepEqual(wire?.figures.cpuMicros, { median: 17, min: 16, max: 48 })
  assert.equal(wire?.figures.p99Ms, undefined)
})

test('summaries: a ratio is that of its round, so that a slow round harms nobody', () => {
  const wire = summarise(samples).find(({ peer }) => peer === 'gateway-wire')
  assert.equal(wire?.ratios.cpuMicros, 1.6)
})

test('ratio: undefined where no round has both', () => {
  const asked = { scenario: 'small', figure: 'cpuMicros', peer: 'gateway-wire' } as const
  assert.equal(ratioBetween(samples, { ...asked, against: 'caddy' }), undefined)
  const apart = [sample('haproxy', 1, 10), sample('gateway-wire', 2, 10)]
  assert.equal(ratioBetween(apart, { ...asked, against: 'haproxy' }), undefined)
})

test('promises: reached, missed, and not measured', () => {
  const of = (cpu: number) =>
    outcomesOf([sample('haproxy', 1, 10), sample('gateway-wire', 1, cpu)]).find(({ goal }) =>
      goal.endsWith('wire lane against HAProxy')
    )
  assert.equal(of(19)?.reached, true)
  assert.equal(of(19.1)?.reached, false)
  assert.equal(outcomesOf([])[0]?.reached, undefined)
})

test('promises: two workers against one', () => {
  const runs = (scenario: string, requestsPerSecond: number): Sample => ({
    ...{ scenario, peer: 'gateway-wire', round: 1, errors: 0 },
    requestsPerSecond
  })
  const outcome = outcomesOf([runs('small', 1000), runs('two', 1750)]).at(-1)
  assert.equal(outcome?.found, 1.75)
  assert.equal(outcome?.reached, false)
})
