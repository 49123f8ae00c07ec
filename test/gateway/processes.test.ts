import assert from 'node:assert/strict'
import test from 'node:test'
import { sumStats } from '../../src/gateway/processes.ts'

const sums = [
  { name: 'nothing', all: [], sum: {} },
  { name: 'one', all: [{ proxy: { requests: 3 } }], sum: { proxy: { requests: 3 } } },
  {
    name: 'number by number, whoever has it',
    all: [{ proxy: { requests: 3, errors: 1 } }, { proxy: { requests: 4 }, mine: { a: 1 } }, {}],
    sum: { proxy: { requests: 7, errors: 1 }, mine: { a: 1 } }
  }
]

for (const { name, all, sum } of sums) {
  test(`stats of several processes: ${name}`, () => assert.deepEqual(sumStats(all), sum))
}
