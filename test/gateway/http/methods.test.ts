import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { test } from 'node:test'
import { forwardedMethods, isIdempotent } from '../../../src/gateway/http/methods.ts'

for (const method of [
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'REPORT',
  'SEARCH',
  'QUERY'
]) {
  test(`idempotent: ${method}`, () => assert.ok(isIdempotent(method, [])))
}
for (const method of ['POST', 'PATCH', 'LOCK', 'CONNECT', 'MOVE', 'get', 'UNKNOWN', '']) {
  test(`not idempotent: ${method}`, () => assert.ok(!isIdempotent(method, ['a', 'b'])))
}
test('idempotent: a POST with Idempotency-Key', () => {
  assert.ok(isIdempotent('POST', ['a', 'b', 'idempotency-KEY', '7']))
})

test('forwarded are the methods that Node takes, without CONNECT and TRACE', () => {
  const taken = METHODS.filter((method) => method !== 'CONNECT' && method !== 'TRACE')
  assert.deepEqual(forwardedMethods, taken)
})
