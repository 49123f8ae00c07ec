import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { Duration, durationMs } from '../../../src/gateway/config/duration.ts'

const values = [
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['0', 0],
  ['0s', 0],
  ['596h', 2_145_600_000]
] as const

for (const [text, ms] of values) {
  test(`durationMs: ${text} is ${ms} ms`, () => assert.equal(durationMs(text), ms))
}

const wrong = [
  '',
  '5',
  '5 s',
  's',
  '-1s',
  '1d',
  '1S',
  '1e3s',
  '1.s',
  '.5s',
  '0x1s',
  '597h',
  '5m30s'
]

for (const text of wrong) {
  test(`durationMs: ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => durationMs(text), RangeError)
    assert.equal(Value.Check(Duration({ default: '1s', description: 'x' }), text), false)
  })
}

test('Duration: a value below the minimum is refused, the minimum is not', () => {
  const schema = Duration({ default: '1s', description: 'x', minimum: '100ms' })
  assert.equal(Value.Check(schema, '99ms'), false)
  assert.equal(Value.Check(schema, '100ms'), true)
  assert.equal(Value.Check(schema, 100), false)
})

test('Duration: what the schema takes, durationMs gives in milliseconds a timer can wait', () => {
  const schema = Duration({ default: '1s', description: 'x' })
  const texts = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h')).map(([n, unit]) => `${n}${unit}`)
  )
  fc.assert(
    fc.property(texts, (text) => {
      if (!Value.Check(schema, text)) return
      const ms = durationMs(text)
      assert.ok(ms >= 0 && ms <= 2 ** 31 - 1)
    })
  )
})
