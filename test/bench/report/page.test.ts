import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Comparison } from '../../../bench/comparison.ts'
import { allPeers } from '../../../bench/peers/all-peers.ts'
import { renderMeasured, replaceMeasured } from '../../../bench/report/page.ts'
import { plotsOf } from '../../../bench/report/plots.ts'
import { type Sample, summarise } from '../../../bench/results.ts'
import { scenarios } from '../../../bench/scenarios.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/benchmarks.md'), 'utf8')

function comparison(samples: readonly Sample[]): Comparison {
  return {
    takenAt: '2024-01-01',
    host: {
      processor: 'a processor',
      cores: 4,
      memoryGib: 8,
      system: 'Linux 6.1',
      node: 'v20.19.0',
      loadBefore: 0.1,
      pinned: true
    },
    scenarios,
    peers: allPeers('').map((peer) => ({ peer, version: '1.2' })),
    missing: ['Envoy'],
    leftOut: ['“two workers” needs 4 cores, and here are 2.'],
    result: {
      samples,
      refused: [{ peer: 'nginx', reasons: ['/echo is 500, expected 200'] }],
      omissions: [],
      backend: 'nginx',
      generators: { closed: 'wrk', open: 'h2load' }
    },
    summaries: summarise(samples)
  }
}

const samples = [
  { scenario: 'small', peer: 'haproxy', round: 1, errors: 0, cpuMicros: 10 },
  { scenario: 'small', peer: 'gateway-wire', round: 1, errors: 0, cpuMicros: 16 }
]

test('page: what is written by hand stays, what was measured before goes', () => {
  const once = replaceMeasured(page, 'first figures')
  const twice = replaceMeasured(once, 'second figures')
  assert.ok(twice.includes('second figures') && !twice.includes('first figures'))
  assert.equal(twice.slice(0, 200), page.slice(0, 200))
  assert.equal(twice.split('\n').at(-2), page.split('\n').at(-2))
})

test('page: without its marks it is refused', () => {
  assert.throws(() => replaceMeasured('# Benchmarks\n', 'figures'), /lacks the lines/)
})

test('page: host, versions, what is missing or was refused, promises and figures', () => {
  const text = renderMeasured(comparison(samples), [])
  for (const words of [
    'a processor, 4 cores, 8 GiB, Linux 6.1, Node 20.19.0',
    'HAProxy 1.2',
    'not measured: Envoy.',
    '“two workers” needs 4 cores, and here are 2.',
    'nginx was not timed: /echo is 500, expected 200.',
    '| CPU per small request: wire lane against HAProxy | at most 1.9 | 1.60 | reached |',
    '| gateway, wire lane | 16.0 | 1.60 |'
  ]) {
    assert.ok(text.includes(words), words)
  }
})

test('plots: one for each figure that was measured, the best one first', () => {
  const plots = plotsOf(comparison(samples))
  assert.deepEqual(
    plots.map(({ file }) => file),
    ['cpu-per-request.svg']
  )
  const svg = plots[0]?.svg ?? ''
  assert.ok(svg.indexOf('>HAProxy<') < svg.indexOf('>gateway, wire lane<'))
  assert.match(
    svg,
    /aria-label="CPU time per small request: HAProxy 10\.0, gateway, wire lane 16\.0"/
  )
})
