import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findOffenders } from '../../../../src/plugins/haproxy/apply/find-offenders.ts'
import type { Desired } from '../../../../src/plugins/haproxy/desired.ts'
import { backend, server, state } from '../../../support/haproxy-states.ts'

/** Backends b0, b1, … of which some have a line that HAProxy would not load. */
function stateWith(count: number, bad: readonly number[]): Desired {
  return state({
    backends: Array.from({ length: count }, (_, at) =>
      backend(`b${at}`, [server('s')], {
        settings: ['mode http', bad.includes(at) ? `nonsense ${at}` : 'balance roundrobin']
      })
    )
  })
}

const cases = [
  { name: 'all are good', count: 5, bad: [], maxChecks: 1 },
  { name: 'one of a thousand', count: 1_000, bad: [333], maxChecks: 25 },
  { name: 'the first and the last', count: 100, bad: [0, 99], maxChecks: 40 },
  { name: 'all of them', count: 4, bad: [0, 1, 2, 3], maxChecks: 12 }
]

describe('findOffenders', () => {
  for (const { name, count, bad, maxChecks } of cases) {
    test(name, async () => {
      let checks = 0
      const result = await findOffenders(stateWith(count, bad), async (desired) => {
        checks += 1
        return desired.backends.flatMap(({ settings }) => settings).find((s) => s.startsWith('non'))
      })
      assert.ok(result.ok)
      assert.deepEqual(
        result.offenders.map(({ backend: { name }, reason }) => [name, reason]),
        bad.map((at) => [`b${at}`, `nonsense ${at}`])
      )
      const kept = result.desired.backends.filter(({ servers }) => servers.length === 1)
      assert.equal(kept.length, count - bad.length)
      assert.equal(result.desired.backends.length, count)
      assert.ok(checks <= maxChecks, `${checks} checks`)
    })
  }

  test('not the backends: nothing goes live', async () => {
    const result = await findOffenders(stateWith(8, []), async () => 'no such line')
    assert.deepEqual(result, { ok: false, reason: 'no such line' })
  })

  test('two that only fail together: nothing goes live', async () => {
    const result = await findOffenders(stateWith(2, []), async ({ backends }) =>
      backends.every(({ servers }) => servers.length > 0) ? 'two of one id' : undefined
    )
    assert.deepEqual(result, { ok: false, reason: 'two of one id' })
  })
})
