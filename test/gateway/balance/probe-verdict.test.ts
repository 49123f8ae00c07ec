import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noteProbe, probePause, unprobed } from '../../../src/gateway/balance/probe-verdict.ts'

/** Probes, good (+) or bad (-), and what the endpoint is after each: in (i) or out (o). */
const runs: readonly [string, string, string][] = [
  ['good ones change nothing', '+++', 'iii'],
  ['the first one counts at once', '-', 'o'],
  ['later three in a row are needed', '+---', 'iiio'],
  ['a good one in between begins anew', '+--+--+---', 'iiiiiiiiio'],
  ['two good ones bring it back', '-++', 'ooi'],
  ['a bad one in between begins anew', '-+-++', 'ooooi'],
  ['and out again by three', '-++---', 'ooiiio']
]

for (const [name, probes, expected] of runs) {
  test(`probes: ${name}: ${probes}`, () => {
    const record = unprobed()
    let before = true
    const seen = [...probes].map((probe) => {
      const isNews = noteProbe(record, probe === '+')
      assert.equal(isNews, record.isWell !== before)
      before = record.isWell
      return record.isWell ? 'i' : 'o'
    })
    assert.equal(seen.join(''), expected)
  })
}

for (const [against, intervalMs, random, expected] of [
  [0, 5000, 0.5, 5000],
  [0, 5000, 0, 4000],
  [0, 5000, 1, 6000],
  [1, 5000, 0.5, 1000],
  [1, 500, 0.5, 500]
] as const) {
  test(`probes: ${against} against it, every ${intervalMs} ms, ${random}: ${expected} ms`, () => {
    assert.equal(probePause({ isWell: true, isNew: false, against }, intervalMs, random), expected)
  })
}
