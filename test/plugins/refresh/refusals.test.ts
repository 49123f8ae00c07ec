import assert from 'node:assert/strict'
import test from 'node:test'
import type { Failure } from '../../../src/gateway/http/upstream/exchange.ts'
import { failedAttempt } from '../../../src/gateway/http/upstream/ledger.ts'
import type { Endpoint } from '../../../src/gateway/model/route.ts'
import type { Attempt } from '../../../src/gateway/plugin.ts'
import { Refusals } from '../../../src/plugins/refresh/refusals.ts'

const failure = { reason: 'refused', reused: false, bytesSent: 0, bytesRead: 0 } as const

function attempt(id: string, phase: 'connect' | 'head' = 'connect'): Attempt {
  const endpoint = { id, host: id, port: 1 } as Endpoint
  return failedAttempt(endpoint, { ...failure, phase } as Failure, 1, 'repeated')
}

test('the first refused connection of a task asks for a read', () => {
  assert.equal(new Refusals().note([attempt('a')], 0), 'a:1')
})

test('an attempt that failed later asks for none', () => {
  assert.equal(new Refusals().note([attempt('a', 'head')], 0), undefined)
})

test('the same task asks again after 1, 2, 4 seconds and so on up to 30', () => {
  const refusals = new Refusals()
  const asked: number[] = []
  for (let at = 0; at <= 125_000; at += 500) {
    if (refusals.note([attempt('a')], at) !== undefined) asked.push(at / 1_000)
  }
  assert.deepEqual(asked, [0, 1, 3, 7, 15, 31, 61, 91, 121])
})

test('another task asks after 1 s', () => {
  const refusals = new Refusals()
  for (const at of [0, 1_000, 3_000]) refusals.note([attempt('a')], at)
  assert.equal(refusals.note([attempt('b')], 3_999), undefined)
  assert.equal(refusals.note([attempt('a'), attempt('b')], 4_000), 'b:1')
})

test('one that was not refused for a minute is as new', () => {
  const refusals = new Refusals()
  for (const at of [0, 1_000, 3_000, 7_000]) refusals.note([attempt('a')], at)
  assert.equal(refusals.note([attempt('a')], 67_001), 'a:1')
  assert.equal(refusals.note([attempt('a')], 68_001), 'a:1')
})

test('a connection for which this side had no descriptor asks for none', () => {
  const refused = attempt('a')
  assert.equal(new Refusals().note([{ ...refused, reason: 'no-descriptor' }], 0), undefined)
})
