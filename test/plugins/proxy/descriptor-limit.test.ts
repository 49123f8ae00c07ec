import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionsWithin, descriptorLimit } from '../../../src/plugins/proxy/descriptor-limit.ts'

const limits = (soft: string) => () =>
  `Limit                     Soft Limit           Hard Limit           Units
Max processes             63432                63432                processes
Max open files            ${soft.padEnd(20)} 1048576              files
`

for (const [read, limit] of [
  [limits('1024'), 1024],
  [limits('unlimited'), Number.POSITIVE_INFINITY],
  [() => '', 4096]
] as const) {
  test(`the limit of open files is ${limit}`, () => assert.equal(descriptorLimit(read), limit))
}

for (const [limit, most] of [
  [1_048_576, 786_336],
  [1024, 672],
  [120, 60],
  [1, 1],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
] as const) {
  test(`${limit} descriptors are enough for ${most} clients`, () =>
    assert.equal(connectionsWithin(limit), most))
}
