import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Load } from '../../../bench/load/load.ts'
import { parseWrkReport, wrkArgs } from '../../../bench/load/wrk.ts'

const load: Load = {
  port: 8080,
  method: 'GET',
  path: '/bytes/150',
  uploadBytes: 0,
  hosts: ['a.local'],
  connections: 64,
  seconds: 3,
  rate: undefined,
  cores: undefined
}

test('wrk: one host stands in the request, several are handed to the script', () => {
  const one = wrkArgs(load)
  assert.deepEqual(one.slice(one.indexOf('--')), ['--', 'GET', '0'])
  assert.ok(one.includes('Host: a.local'))
  const several = wrkArgs({ ...load, hosts: ['a.local', 'b.local'] })
  assert.deepEqual(several.slice(several.indexOf('--')), ['--', 'GET', '0', 'a.local', 'b.local'])
})

test('wrk: the report of the script is read, wherever it stands', () => {
  const output = `Running 1s test @ http://127.0.0.1:1/
  1 threads and 64 connections
Requests/sec:   1000.00
REPORT {"requests":2000,"durationUs":1600000,"bytes":9,"connect":1,"read":2,"write":0,"timeout":3,"status":4,"p50":1500,"p99":2500,"p999":3500,"max":4500}
`
  assert.deepEqual(parseWrkReport(output), {
    requests: 2000,
    seconds: 1.6,
    errors: 10,
    p50Ms: 1.5,
    p99Ms: 2.5,
    p999Ms: 3.5
  })
})

test('wrk: output without a report is refused, with its end', () => {
  assert.throws(() => parseWrkReport('unable to connect'), /no report: unable to connect/)
})
