import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Death } from './deaths.ts'
import { type GatewayRecord, judge } from './judge.ts'
import type { Failure } from './load-messages.ts'

const killed: Death = { kind: 'killed', signalledAt: 10_100, endedAt: 10_110 }
const quit: Death = { ...killed, kind: 'quit' }
const drained: Death = { kind: 'drained', signalledAt: 9_000, endedAt: 10_110 }
const longAgo: Death = { kind: 'killed', signalledAt: 1_000, endedAt: 1_010 }
const later: Death = { kind: 'killed', signalledAt: 20_000 }

const get: Failure = {
  ...{ id: '1-1', kind: 'GET kept', method: 'GET', host: 'a.test', status: 0, reason: 'cut' },
  ...{ sentAt: 10_000, failedAt: 10_115 }
}
const post: Failure = { ...get, kind: 'POST kept', method: 'POST' }
const begun = { firstByteAt: 10_050, task: 't', status: 200 }

function sent(bytesSent: number): GatewayRecord {
  return { id: '1-1', status: 502, attempts: [{ task: 't', bytesSent, text: '' }] }
}

const cases: readonly [string, Failure, GatewayRecord | undefined, Death | undefined, boolean][] = [
  ['a GET without a byte, task killed', get, sent(100), killed, false],
  ['a GET cut in the middle, task killed', { ...get, ...begun }, undefined, killed, true],
  ['a GET cut in the middle, task quit', { ...get, ...begun }, undefined, quit, true],
  ['a GET cut in the middle, task drained', { ...get, ...begun }, undefined, drained, false],
  ['a GET cut in the middle, task lives', { ...get, ...begun }, undefined, undefined, false],
  ['a GET cut in the middle, task died later', { ...get, ...begun }, undefined, later, false],
  ['a POST that was sent, task killed', post, sent(100), killed, true],
  ['a POST that was sent, task drained', post, sent(100), drained, true],
  ['a POST that was sent, task died before', post, sent(100), longAgo, false],
  ['a POST that was sent, task lives', post, sent(100), undefined, false],
  ['a POST that was not sent', post, sent(0), killed, false],
  ['a POST of which nothing is known', post, undefined, killed, false],
  ['a POST cut in the answer, task killed', { ...post, ...begun }, undefined, killed, true],
  [
    'a wrong answer, task killed',
    { ...get, ...begun, reason: '5 B, ended cleanly' },
    undefined,
    killed,
    false
  ]
]

for (const [name, failure, record, death, excused] of cases) {
  test(`chaos: ${name}: ${excused ? 'excused' : 'a defect'}`, () => {
    const { excuse, why } = judge(failure, record, () => death)
    assert.equal(excuse !== undefined, excused, why)
  })
}
