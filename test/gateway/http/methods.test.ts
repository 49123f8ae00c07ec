import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isIdempotent } from '../../../src/gateway/http/methods.ts'

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
