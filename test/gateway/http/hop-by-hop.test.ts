import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forwardedResponseHeaders } from '../../../src/gateway/http/hop-by-hop.ts'

const cases = [
  {
    name: 'end-to-end fields in order, case and number',
    raw: ['b', '1', 'Set-Cookie', 'x', 'B', '2', 'set-cookie', 'y'],
    expect: ['b', '1', 'Set-Cookie', 'x', 'B', '2', 'set-cookie', 'y']
  },
  {
    name: 'hop-by-hop fields go',
    raw: [
      'Connection',
      'keep-alive',
      'Keep-Alive',
      'timeout=5',
      'TE',
      'trailers',
      'Upgrade',
      'h2c',
      'Proxy-Connection',
      'x',
      'Proxy-Authenticate',
      'Basic',
      'a',
      '1'
    ],
    expect: ['a', '1']
  },
  {
    name: 'framing goes',
    raw: ['content-length', '5', 'Transfer-Encoding', 'chunked', 'a', '1'],
    expect: ['a', '1']
  },
  {
    name: 'fields named by Connection go, wherever they stand',
    raw: ['X-Priv', '1', 'Connection', 'close, x-priv ,X-Other', 'x-other', '2', 'a', '1'],
    expect: ['a', '1']
  },
  {
    name: 'Connection can not remove Content-Type or Host',
    raw: ['Connection', 'content-type, host', 'Content-Type', 'text/plain', 'Host', 'h'],
    expect: ['Content-Type', 'text/plain', 'Host', 'h']
  },
  { name: 'Trailer goes when no trailers can follow', raw: ['Trailer', 'X-T'], expect: [] },
  {
    name: 'Trailer stays as far as it is true',
    trailers: true,
    raw: ['Trailer', 'X-T, Content-Length, Set-Cookie , X-U'],
    expect: ['Trailer', 'X-T, X-U']
  },
  {
    name: 'Trailer goes when nothing of it is true',
    trailers: true,
    raw: ['Trailer', 'Content-Length'],
    expect: []
  },
  {
    name: 'names of parts of Object are ordinary',
    raw: ['__proto__', 'a', 'constructor', 'b'],
    expect: ['__proto__', 'a', 'constructor', 'b']
  }
]

for (const c of cases) {
  test(`headers of an answer: ${c.name}`, () => {
    assert.deepEqual(forwardedResponseHeaders(c.raw, { trailers: c.trailers ?? false }), c.expect)
  })
}
