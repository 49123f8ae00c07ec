import assert from 'node:assert/strict'
import { test } from 'node:test'
import { autocannonArgs, parseAutocannon } from '../../../bench/load/autocannon.ts'

test('autocannon: a rate is asked for only where there is one', () => {
  const load = {
    port: 1,
    method: 'GET',
    path: '/',
    uploadBytes: 0,
    hosts: ['a.local'],
    connections: 8,
    seconds: 1,
    cores: undefined
  } as const
  assert.ok(!autocannonArgs({ ...load, rate: undefined }).includes('-R'))
  const args = autocannonArgs({ ...load, rate: 100 })
  assert.equal(args[args.indexOf('-R') + 1], '100')
})

test('autocannon: its JSON is read; what failed in any way is an error', () => {
  const output = JSON.stringify({
    latency: { p50: 1, p99: 4, p99_9: 9 },
    requests: { total: 500 },
    duration: 2.5,
    errors: 1,
    timeouts: 2,
    non2xx: 3
  })
  assert.deepEqual(parseAutocannon(output), {
    requests: 500,
    seconds: 2.5,
    errors: 6,
    p50Ms: 1,
    p99Ms: 4,
    p999Ms: 9
  })
})
