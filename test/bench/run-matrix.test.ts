import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feasible } from '../../bench/compare.ts'
import { splitCores } from '../../bench/cores.ts'
import { allPeers } from '../../bench/peers/all-peers.ts'
import { countSteps, groupsOf } from '../../bench/run-matrix.ts'
import { QUICK_PEERS, quickScenarios, scenarios } from '../../bench/scenarios.ts'

const peers = allPeers('dist/cli/main.js')

test('scenarios: each has an id of its own, and names proxies that exist', () => {
  const ids = scenarios.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  const known = peers.map(({ id }) => id)
  for (const name of [...QUICK_PEERS, ...scenarios.flatMap((one) => one.peers ?? [])]) {
    assert.ok(known.includes(name), name)
  }
})

test('scenarios: half of a peak stands behind the scenario whose peak it is', () => {
  const ids = scenarios.map(({ id }) => id)
  for (const [at, { drive }] of scenarios.entries()) {
    if (drive.kind === 'half') assert.ok(ids.indexOf(drive.of) < at && ids.includes(drive.of))
  }
})

test('groups: proxies are shared by what they can serve alike; memory is counted in fresh ones', () => {
  const groups = groupsOf(scenarios).map((group) => group.map(({ id }) => id))
  assert.equal(groups.flat().length, scenarios.length)
  assert.ok(groups.some((group) => group.includes('small') && group.includes('large')))
  assert.ok(groups.some((group) => group.length === 1 && group[0] === 'idle'))
  assert.ok(groups.some((group) => group.length === 1 && group[0] === 'table'))
})

test('a quick run has fewer steps than a whole one', () => {
  const few = peers.filter(({ id }) => QUICK_PEERS.includes(id))
  assert.ok(countSteps(quickScenarios, few) < 40)
  assert.ok(countSteps(scenarios, peers) > 200)
})

const splits = [
  { name: 'one of two', workers: 1, cores: 2, expect: { proxy: '0', rest: '1' } },
  { name: 'one of four', workers: 1, cores: 4, expect: { proxy: '0', rest: '1-3' } },
  { name: 'two of four', workers: 2, cores: 4, expect: { proxy: '0-1', rest: '2-3' } },
  { name: 'three of four', workers: 3, cores: 4, expect: { proxy: '0-2', rest: '3' } },
  { name: 'too few cores: nothing is pinned', workers: 2, cores: 2, expect: {} }
]

for (const { name, workers, cores, expect } of splits) {
  test(`cores: ${name}`, () => assert.deepEqual(splitCores(workers, cores), expect))
}

test('scenarios that need more cores than there are get a sentence', () => {
  const { plan, leftOut } = feasible(scenarios, 2)
  assert.ok(plan.every(({ needsCores }) => needsCores <= 2))
  assert.deepEqual(leftOut, ['“150 B, 64 connections, two workers” needs 4 cores, and here are 2.'])
  assert.deepEqual(feasible(scenarios, 4), { plan: scenarios, leftOut: [] })
})
