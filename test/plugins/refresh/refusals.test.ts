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

test('the same task asks again after 30 s, another one after 1 s', () => {
  const refusals = new Refusals()
  refusals.note([attempt('a')], 0)
  assert.equal(refusals.note([attempt('b')], 999), undefined)
  assert.equal(refusals.note([attempt('a')], 1_000), undefined)
  assert.equal(refusals.note([attempt('a'), attempt('b')], 1_001), 'b:1')
  assert.equal(refusals.note([attempt('a')], 29_999), undefined)
  assert.equal(refusals.note([attempt('a')], 30_000), 'a:1')
})

test('of many tasks the latest thousand are remembered', () => {
  const refusals = new Refusals()
  for (let at = 0; at <= 1_000; at += 1) refusals.note([attempt(`task-${at}`)], at * 1_000)
  assert.equal(refusals.note([attempt('task-999')], 1_001_000), undefined)
  assert.equal(refusals.note([attempt('task-0')], 1_001_000), 'task-0:1')
})
