import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AttemptFailure,
  type EjectionRecord,
  isFailure,
  noteFailure,
  shunned
} from '../../../src/gateway/balance/ejection.ts'

const rules = { after: 3, statuses: [503], firstMs: 1000, longestMs: 3000 }
const fresh = (): EjectionRecord => ({ failures: 0, times: 0, outUntil: 0 })
const broken: AttemptFailure = { phase: 'head', reason: 'reset', reused: false, bytesRead: 0 }

const ends: readonly [string, number, AttemptFailure | undefined, boolean | undefined][] = [
  ['an answer', 200, undefined, false],
  ['an error of the app', 500, undefined, false],
  ['a configured status', 503, undefined, true],
  ['a client that went away', 0, undefined, undefined],
  ['refused', 0, { ...broken, reason: 'refused', phase: 'connect' }, true],
  ['unreachable', 0, { ...broken, reason: 'unreachable', phase: 'connect' }, true],
  ['connect timeout', 0, { ...broken, reason: 'connect-timeout', phase: 'connect' }, true],
  ['reset', 0, broken, true],
  ['closed', 0, { ...broken, reason: 'closed' }, true],
  ['reset within the answer', 200, { ...broken, reused: true, bytesRead: 9, phase: 'body' }, true],
  ['a kept connection that was closed', 0, { ...broken, reused: true }, undefined],
  ['no first byte in time', 0, { ...broken, reason: 'first-byte-timeout' }, true],
  ['stalled', 200, { ...broken, reason: 'idle-timeout', phase: 'body' }, undefined],
  ['drained', 0, { ...broken, reason: 'drained' }, undefined],
  ['no descriptor', 0, { ...broken, reason: 'no-descriptor', phase: 'connect' }, undefined],
  ['pool full', 0, { ...broken, reason: 'pool-full', phase: 'connect' }, undefined],
  ['a bad request', 0, { ...broken, reason: 'bad-request' }, undefined]
]

for (const [name, status, failure, expected] of ends) {
  test(`counts against an endpoint: ${name}: ${expected}`, () => {
    assert.equal(isFailure(status, failure, rules), expected)
  })
}

/** Times of failures, and until when it is out after each. */
const runs: readonly [string, readonly (readonly [at: number, outUntil: number])[]][] = [
  [
    'two in a row are not enough',
    [
      [10, 0],
      [20, 0]
    ]
  ],
  [
    'three are',
    [
      [10, 0],
      [20, 0],
      [30, 1030]
    ]
  ],
  [
    'failures while it is out say nothing new',
    [
      [0, 0],
      [0, 0],
      [30, 1030],
      [500, 1030]
    ]
  ],
  [
    'back, one is enough, and it takes twice as long',
    [
      [0, 0],
      [0, 0],
      [0, 1000],
      [1001, 3001]
    ]
  ],
  [
    'never longer than the longest',
    [
      [0, 0],
      [0, 0],
      [0, 1000],
      [1001, 3001],
      [3002, 6002],
      [6003, 9003]
    ]
  ],
  [
    'well for as long as it was out, it begins anew',
    [
      [0, 0],
      [0, 0],
      [0, 1000],
      [1001, 3001],
      [5002, 6002]
    ]
  ]
]

for (const [name, failures] of runs) {
  test(`ejection: ${name}`, () => {
    const record = fresh()
    for (const [at, outUntil] of failures) {
      const before = record.outUntil
      assert.equal(noteFailure(record, rules, at), outUntil !== before)
      assert.equal(record.outUntil, outUntil)
    }
  })
}

test('ejection: 0 is never', () => {
  const record = fresh()
  for (let at = 0; at < 100; at++)
    assert.equal(noteFailure(record, { ...rules, after: 0 }, at), false)
})

for (const [all, out, expected] of [
  ['abcd', 'a', 'a'],
  ['abcd', 'ab', 'ab'],
  ['abcd', 'abc', ''],
  ['abc', 'ab', ''],
  ['ab', 'a', 'a'],
  ['a', 'a', ''],
  ['', '', '']
] as const) {
  test(`of ${all || 'none'}, ${out || 'none'} out: ${expected || 'all'} ${expected ? 'get nothing' : 'get requests'}`, () => {
    assert.deepEqual(
      shunned([...all], (one) => out.includes(one)),
      [...expected]
    )
  })
}
