import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h2loadArgs, parseH2loadLog } from '../../../bench/load/h2load.ts'

test('h2load: the rate is divided among connections, and Host is said once', () => {
  const args = h2loadArgs(
    {
      port: 8080,
      method: 'GET',
      path: '/',
      uploadBytes: 0,
      hosts: ['a.local'],
      connections: 64,
      seconds: 3,
      rate: 1000,
      cores: undefined
    },
    '/tmp/log'
  )
  assert.equal(args[args.indexOf('--rps') + 1], '15.6250')
  assert.ok(args.includes(':authority: a.local'))
  assert.ok(!args.some((arg) => arg.startsWith('Host:')))
})

test('h2load: percentiles of every logged request; errors are what is no success', () => {
  const lines = Array.from({ length: 1000 }, (_, at) => `17954\t${at < 5 ? 503 : 200}\t${at + 1}`)
  assert.deepEqual(parseH2loadLog(`${lines.join('\n')}\n`, 2), {
    requests: 1000,
    seconds: 2,
    errors: 5,
    p50Ms: 0.5,
    p99Ms: 0.99,
    p999Ms: 0.999
  })
})

test('h2load: a request without an answer is an error', () => {
  assert.equal(parseH2loadLog('1\t-1\t30\n2\t200\t10\n', 1).errors, 1)
})
