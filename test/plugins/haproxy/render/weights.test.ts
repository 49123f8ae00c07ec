import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endpointWeights } from '../../../../src/plugins/haproxy/render/weights.ts'

const cases = [
  {
    name: 'equal shares of unequal services',
    shares: [
      [1, 1],
      [1, 3]
    ],
    small: [3, 1],
    large: [255, 85]
  },
  {
    name: 'nine to one',
    shares: [
      [9, 1],
      [1, 1]
    ],
    small: [9, 1],
    large: [252, 28]
  },
  {
    name: 'no share, no weight',
    shares: [
      [1, 2],
      [0, 2]
    ],
    small: [1, 0],
    large: [256, 0]
  },
  {
    name: 'a service without endpoints leaves its share to others',
    shares: [
      [1, 0],
      [1, 2]
    ],
    small: [0, 1],
    large: [0, 256]
  },
  {
    name: 'a tiny share is never lost',
    shares: [
      [1000, 1],
      [1, 1]
    ],
    small: [256, 1],
    large: [256, 1]
  },
  {
    name: 'nobody takes anything',
    shares: [
      [0, 1],
      [1, 0]
    ],
    small: [0, 0],
    large: [0, 0]
  }
]

const small = { heaviest: 256, prefer: 'small' } as const
const large = { heaviest: 256, prefer: 'large' } as const

for (const { name, shares, ...expect } of cases) {
  test(`endpointWeights: ${name}`, () => {
    const given = shares.map(([weight = 0, endpoints = 0]) => ({ weight, endpoints }))
    assert.deepEqual(endpointWeights(given, small), expect.small)
    assert.deepEqual(endpointWeights(given, large), expect.large)
  })
}

const scale = fc.record({
  heaviest: fc.constantFrom(64, 256),
  prefer: fc.constantFrom('small' as const, 'large' as const)
})
const share = fc.record({ weight: fc.integer({ min: 0, max: 1000 }), endpoints: fc.nat(50) })

test('endpointWeights: whole, within bounds, and positive exactly where something is to be taken', () => {
  fc.assert(
    fc.property(fc.array(share, { maxLength: 6 }), scale, (shares, own) => {
      const weights = endpointWeights(shares, own)
      for (const [at, { weight, endpoints }] of shares.entries()) {
        const given = weights[at] ?? -1
        assert.ok(Number.isInteger(given) && given <= own.heaviest)
        assert.equal(given > 0, weight > 0 && endpoints > 0)
      }
    })
  )
})

test('endpointWeights: a share of at least a tenth is off by less than a twentieth', () => {
  const close = fc.record({
    weight: fc.integer({ min: 10, max: 100 }),
    endpoints: fc.integer({ min: 1, max: 3 })
  })
  fc.assert(
    fc.property(fc.array(close, { minLength: 2, maxLength: 3 }), scale, (shares, { prefer }) => {
      const weights = endpointWeights(shares, { heaviest: 256, prefer })
      const given = shares.map(({ endpoints }, at) => (weights[at] ?? 0) * endpoints)
      const total = given.reduce((sum, one) => sum + one, 0)
      const wanted = shares.reduce((sum, { weight }) => sum + weight, 0)
      for (const [at, { weight }] of shares.entries()) {
        const ratio = (given[at] ?? 0) / total / (weight / wanted)
        assert.ok(Math.abs(ratio - 1) < 0.05, `${JSON.stringify(shares)}: ${weights}`)
      }
    })
  )
})
