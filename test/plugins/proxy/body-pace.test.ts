import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyPace, type BodyRules, gatheredBytes } from '../../../src/plugins/proxy/body-pace.ts'

const rules: BodyRules = {
  graceMs: 10_000,
  bytesPerSecond: 240,
  gatherBytes: 65_536,
  isCrowded: () => false
}
const IDLE_MS = 60_000

/** What is left when so many bytes have come after so many ms. */
const cases: readonly {
  readonly name: string
  readonly rules?: Partial<BodyRules>
  readonly seen: readonly (readonly [bytes: number, atMs: number])[]
  readonly left: number
}[] = [
  { name: 'at first the grace', seen: [[0, 0]], left: 10_000 },
  {
    name: 'time goes on',
    seen: [
      [0, 0],
      [0, 4000]
    ],
    left: 6000
  },
  {
    name: 'bytes earn time',
    seen: [
      [0, 0],
      [240, 4000]
    ],
    left: 7000
  },
  {
    name: 'a byte earns little',
    seen: [
      [0, 0],
      [1, 9999]
    ],
    left: 1 + 1000 / 240
  },
  {
    name: 'it is over',
    seen: [
      [0, 0],
      [1, 11_000]
    ],
    left: 0
  },
  {
    name: 'what is earned is bounded',
    seen: [
      [0, 0],
      [1_000_000, 1000]
    ],
    left: IDLE_MS
  },
  {
    name: 'no rate: each byte has the idle time',
    rules: { bytesPerSecond: 0 },
    seen: [
      [0, 0],
      [1, 50_000]
    ],
    left: IDLE_MS
  },
  {
    name: 'no rate: without a byte it runs out',
    rules: { bytesPerSecond: 0 },
    seen: [
      [1, 0],
      [1, 50_000]
    ],
    left: 10_000
  },
  {
    name: 'a grace longer than the idle time',
    rules: { graceMs: 90_000 },
    seen: [[0, 0]],
    left: IDLE_MS
  }
]

for (const { name, rules: own, seen, left } of cases) {
  test(`pace of a body: ${name}`, () => {
    const pace = new BodyPace({ ...rules, ...own }, IDLE_MS)
    const lefts = seen.map(([bytes, atMs]) => pace.left(bytes, atMs))
    assert.ok(Math.abs((lefts.at(-1) ?? -1) - left) < 0.001, `${lefts}`)
  })
}

test('pace of a body: who was held back starts anew, and loses nothing', () => {
  const pace = new BodyPace(rules, IDLE_MS)
  pace.left(0, 0)
  pace.restart(100_000)
  assert.equal(pace.left(0, 100_000), 10_000)
  pace.left(1_000_000, 100_000)
  pace.restart(100_000)
  assert.equal(pace.left(1_000_000, 100_000), IDLE_MS)
})

const whole = Number.POSITIVE_INFINITY
for (const { name, crowded, gatherBytes, expected } of [
  {
    name: 'small ones whole',
    crowded: false,
    gatherBytes: 65_536,
    expected: [whole, whole, 0, 0, 0, 0]
  },
  {
    name: 'the first of larger ones while slow clients are many',
    crowded: true,
    gatherBytes: 65_536,
    expected: [whole, whole, 16_384, 0, 0, 0]
  },
  { name: 'none without memory', crowded: true, gatherBytes: 0, expected: [0, 0, 0, 0, 0, 0] }
]) {
  test(`bodies of a known length are gathered: ${name}`, () => {
    const gathered = (framing: 'chunked' | number, expectContinue = false): number =>
      gatheredBytes(
        { framing, expectContinue },
        { ...rules, gatherBytes, isCrowded: () => crowded }
      )
    assert.deepEqual(
      [
        gathered(1),
        gathered(65_536),
        gathered(65_537),
        gathered('chunked'),
        gathered(1, true),
        gathered(65_537, true)
      ],
      expected
    )
  })
}
