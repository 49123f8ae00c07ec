import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forwardedTrailers, passesAsTrailer } from '../../../src/gateway/http/trailers.ts'

const passes = ['X-Checksum', 'Server-Timing', 'ETag', 'grpc-status', 'Content-Digest', 'my_field']
const stays = [
  'Transfer-Encoding',
  'content-length',
  'Host',
  'Connection',
  'Trailer',
  'Upgrade',
  'TE',
  'Authorization',
  'Cookie',
  'Set-Cookie',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Content-Type',
  'Content-Encoding',
  'Range',
  'If-Match',
  'Cache-Control',
  'X-Forwarded-For',
  'Forwarded',
  'X-Real-IP',
  'Proxy',
  'x_forwarded_for',
  'Content_Length'
]

for (const name of passes) test(`trailers: ${name} passes`, () => assert.ok(passesAsTrailer(name)))
for (const name of stays) test(`trailers: ${name} stays`, () => assert.ok(!passesAsTrailer(name)))

test('trailers: order, case and duplicates as they came', () => {
  assert.deepEqual(forwardedTrailers(['X-A', '1', 'Host', 'h', 'x-a', '2']), [
    'X-A',
    '1',
    'x-a',
    '2'
  ])
})
