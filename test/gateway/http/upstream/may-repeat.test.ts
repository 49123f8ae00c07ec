import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '../../../../src/gateway/http/upstream/exchange.ts'
import { mayRepeat, type RepeatFacts } from '../../../../src/gateway/http/upstream/may-repeat.ts'

interface Case {
  readonly name: string
  readonly failure?: Partial<Failure>
  readonly request?: Partial<RepeatFacts>
  readonly expect: boolean
}

const connect = { phase: 'connect', bytesSent: 0 } as const
const post = { idempotent: false }
const cases: readonly Case[] = [
  { name: 'refused', failure: { ...connect, reason: 'refused' }, request: post, expect: true },
  {
    name: 'unreachable',
    failure: { ...connect, reason: 'unreachable' },
    request: post,
    expect: true
  },
  {
    name: 'connect timeout',
    failure: { ...connect, reason: 'connect-timeout' },
    request: post,
    expect: true
  },
  { name: 'pool full', failure: { ...connect, reason: 'pool-full' }, request: post, expect: true },
  {
    name: 'refused, the body was not kept',
    failure: { ...connect, reason: 'refused' },
    request: { ...post, replayable: false },
    expect: false
  },
  {
    name: 'refused upgrade',
    failure: { ...connect, reason: 'refused' },
    request: { ...post, upgrade: true },
    expect: true
  },
  {
    name: 'no descriptor is left',
    failure: { ...connect, reason: 'no-descriptor' },
    expect: false
  },
  { name: 'pool closed', failure: { ...connect, reason: 'pool-closed' }, expect: false },
  {
    name: 'drained before it was sent',
    failure: { ...connect, reason: 'drained' },
    request: post,
    expect: true
  },
  { name: 'drained without an answer, idempotent', failure: { reason: 'drained' }, expect: true },
  {
    name: 'drained without an answer, not idempotent',
    failure: { reason: 'drained' },
    request: post,
    expect: false
  },
  {
    name: 'drained within the answer',
    failure: { reason: 'drained', phase: 'body', bytesRead: 100 },
    expect: false
  },
  {
    name: 'a request that can not be written',
    failure: { ...connect, reason: 'bad-request' },
    expect: false
  },
  { name: 'reset before any byte, idempotent', expect: true },
  { name: 'reset before any byte, not idempotent', request: post, expect: false },
  {
    name: 'reset before any byte on a reused connection, not idempotent',
    failure: { reused: true },
    request: post,
    expect: false
  },
  { name: 'closed before any byte, idempotent', failure: { reason: 'closed' }, expect: true },
  { name: 'reset while sending, idempotent', failure: { phase: 'send' }, expect: true },
  {
    name: 'reset while sending, the body was not kept',
    failure: { phase: 'send' },
    request: { replayable: false },
    expect: false
  },
  { name: 'reset after a byte of the answer', failure: { bytesRead: 1 }, expect: false },
  { name: 'reset within the body', failure: { phase: 'body', bytesRead: 100 }, expect: false },
  { name: 'no first byte in time', failure: { reason: 'first-byte-timeout' }, expect: false },
  { name: 'upload stalled', failure: { phase: 'send', reason: 'idle-timeout' }, expect: false },
  { name: 'bad answer', failure: { reason: 'bad-answer', bytesRead: 10 }, expect: false },
  { name: 'upgrade reset on a fresh connection', request: { upgrade: true }, expect: false },
  {
    name: 'upgrade reset on a reused connection',
    failure: { reused: true },
    request: { upgrade: true },
    expect: true
  }
]

for (const c of cases) {
  test(`may repeat: ${c.name}: ${c.expect ? 'yes' : 'no'}`, () => {
    const failure: Failure = {
      phase: 'head',
      reason: 'reset',
      reused: false,
      bytesSent: 100,
      bytesRead: 0,
      ...c.failure
    }
    const request = { idempotent: true, upgrade: false, replayable: true, ...c.request }
    assert.equal(mayRepeat(failure, request), c.expect)
  })
}
