import type { Laxity } from './laxity.ts'

const HOST = 'Host: known.test'
const END = 'Connection: close\r\n'
const CHUNKED = 'Transfer-Encoding: chunked'
const WEBSOCKET = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
]
const NO_RULE = 'HAProxy’s parser decides it before any rule'
const NO_TRAILERS = 'no rule of HAProxy sees trailers'
const OWN_400 = 'HAProxy’s parser refuses it with its own answer'

const lines = (...all: readonly string[]) => `${all.join('\r\n')}\r\n`
const get = (...fields: readonly string[]) => lines('GET / HTTP/1.1', ...fields, END)
const post = (body: string, ...fields: readonly string[]) =>
  `${lines('POST / HTTP/1.1', HOST, ...fields, END)}${body}`
const chunks = (body: string) => post(body, CHUNKED)
const target = (text: string, host = HOST) => lines(`GET ${text} HTTP/1.1`, host, END)

/**
 * All differences that are known and accepted; a test sends each of them. Besides: answers of
 * HAProxy's own parser are HTML without a code, all others are plain text whatever `Accept` says;
 * header names arrive in lower case; a full queue is 502 GW_UPSTREAM_REFUSED rather than 503
 * GW_OVERLOADED, a connection that times out 502 rather than 504.
 */
export const knownLaxities: readonly Laxity[] = [
  {
    name: 'the same Host twice',
    request: get(HOST, HOST),
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy makes one of two equal fields before any rule sees them'
  },
  {
    name: 'an absolute target with an empty port',
    request: target('http://known.test:/', 'Host: known.test:'),
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy removes an empty or default port before any rule sees it'
  },
  {
    name: 'an absolute target with the default port',
    request: target('http://known.test:80/', 'Host: known.test:80'),
    proxy: 200,
    haproxy: 200,
    line: { proxy: 'host: known.test:80', haproxy: 'host: known.test' },
    why: 'HAProxy removes an empty or default port before any rule sees it'
  },
  {
    name: 'an absolute target with another Host',
    request: target('http://known.test/', 'Host: other.test'),
    proxy: 200,
    haproxy: 400,
    why: 'HAProxy refuses what RFC 9112 §3.2.2 lets a server ignore'
  },
  {
    name: 'an absolute target with a query and no path',
    request: target('http://known.test?x=1'),
    proxy: 200,
    haproxy: 400,
    newer: [{ since: '3.2', haproxy: 200 }],
    why: OWN_400
  },
  {
    name: 'OPTIONS of an absolute target without a path',
    request: lines('OPTIONS http://known.test HTTP/1.1', HOST, END),
    proxy: 200,
    haproxy: 200,
    newer: [
      { since: '3.0', haproxy: 200, line: 'options / http/1.1' },
      { since: '3.2', haproxy: 200 }
    ],
    why: 'for RFC 9112 §3.2.4 it is `OPTIONS *`; 3.0 adds a path before any rule sees it'
  },
  {
    name: 'the same Content-Length twice',
    request: post('x', 'Content-Length: 1', 'Content-Length: 1'),
    proxy: 400,
    haproxy: 200,
    why: 'RFC 9112 §6.3 lets a recipient make one of them, and HAProxy forwards one'
  },
  {
    name: 'a Content-Length that is a list of equal numbers',
    request: post('x', 'Content-Length: 1, 1'),
    proxy: 400,
    haproxy: 200,
    why: 'RFC 9112 §6.3 lets a recipient make one of them, and HAProxy forwards one'
  },
  {
    name: 'a Content-Length with many zeros before it',
    request: post('x', `Content-Length: ${'1'.padStart(16, '0')}`),
    proxy: 400,
    haproxy: 400,
    newer: [{ since: '2.8', haproxy: 200, line: 'content-length: 1' }],
    why: 'newer versions write the number anew before any rule sees it'
  },
  {
    name: 'Content-Length and Transfer-Encoding',
    request: post('0\r\n\r\n', 'Content-Length: 5', CHUNKED),
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy drops the length, as RFC 9112 §6.3 asks, and forwards chunks only'
  },
  {
    name: 'a folded field',
    request: get(HOST, 'X-Folded: a\r\n b'),
    proxy: 400,
    haproxy: 200,
    line: { haproxy: 'x-folded: a   b' },
    why: 'HAProxy joins the lines with spaces, as RFC 9112 §5.2 allows'
  },
  {
    name: 'further spaces in the request line',
    request: lines('GET  / HTTP/1.1', HOST, END),
    proxy: 400,
    haproxy: 200,
    line: { haproxy: 'get / http/1.1' },
    why: 'HAProxy skips them, as RFC 9112 §3 allows; the task gets one'
  },
  {
    name: 'a line that ends with LF alone',
    request: get(HOST, 'X-A: a\nX-B: b'),
    proxy: 400,
    haproxy: 200,
    line: { haproxy: 'x-b: b' },
    why: 'RFC 9112 §2.2 allows it; the task gets CRLF'
  },
  {
    name: 'space behind the size of a chunk',
    request: chunks('1 \r\nx\r\n0\r\n\r\n'),
    proxy: 400,
    haproxy: 200,
    why: `${NO_RULE}; the task gets chunks that HAProxy wrote`
  },
  {
    name: 'a malformed chunk extension',
    request: chunks('1;a="b\r\nx\r\n0\r\n\r\n'),
    proxy: 400,
    haproxy: 200,
    newer: [{ since: '3.4', haproxy: 400 }],
    why: `${NO_RULE}; extensions are not forwarded`
  },
  {
    name: 'a line of a chunk that ends with LF alone',
    request: chunks('1\nx\r\n0\r\n\r\n'),
    proxy: 400,
    haproxy: 200,
    newer: [{ since: '2.8', haproxy: 400 }],
    why: `${NO_RULE}; the task gets chunks that HAProxy wrote`
  },
  {
    name: 'a trailer with a control character',
    request: chunks('0\r\nX-T: a\u0001b\r\n\r\n'),
    proxy: 400,
    haproxy: 200,
    why: NO_TRAILERS
  },
  {
    name: 'a trailer that is a field of framing',
    request: chunks('0\r\nTransfer-Encoding: chunked\r\n\r\n'),
    proxy: 400,
    haproxy: 200,
    why: NO_TRAILERS
  },
  {
    name: 'a field that Connection names',
    request: get(HOST, 'X-Hop: 1', 'Connection: X-Hop'),
    proxy: 200,
    haproxy: 200,
    line: { haproxy: 'x-hop: 1' },
    why: 'HAProxy 2.6 removes fields by names that its configuration holds; those of the gateway stay the gateway’s'
  },
  {
    name: 'a request behind an upgrade that the task does not grant',
    request: `${lines('GET / HTTP/1.1', HOST, ...WEBSOCKET)}${lines('\r\nGET /behind HTTP/1.1', HOST, END)}`,
    proxy: 200,
    haproxy: 200,
    line: { haproxy: 'get /behind http/1.1' },
    why: 'HAProxy reads on as before, as RFC 9110 §7.8 has it; the proxy plane closes'
  },
  {
    name: 'HTTP/1.0',
    request: lines('GET / HTTP/1.0', HOST, END),
    proxy: 200,
    haproxy: 200,
    line: { proxy: 'get / http/1.1', haproxy: 'get / http/1.0' },
    why: 'HAProxy goes on with the version of the client'
  },
  {
    name: 'a transfer coding before chunked',
    request: post('0\r\n\r\n', 'Transfer-Encoding: gzip, chunked'),
    proxy: 501,
    haproxy: 422,
    why: OWN_400
  },
  {
    name: 'a transfer coding instead of chunked',
    request: post('', 'Transfer-Encoding: identity'),
    proxy: 501,
    haproxy: 400,
    why: OWN_400
  },
  {
    name: 'CONNECT with a path',
    request: lines('CONNECT / HTTP/1.1', HOST, END),
    proxy: 405,
    haproxy: 400,
    why: OWN_400
  },
  {
    name: 'a malformed version',
    request: lines('GET / HTTP/1.10', HOST, END),
    proxy: 505,
    haproxy: 400,
    why: OWN_400
  },
  {
    name: 'too many fields',
    request: get(HOST, ...Array.from({ length: 200 }, (_, n) => `X-${n}: 1`)),
    proxy: 431,
    haproxy: 400,
    why: OWN_400
  },
  {
    name: 'too large a head',
    request: get(HOST, `X-Large: ${'a'.repeat(40_000)}`),
    proxy: 431,
    haproxy: 400,
    newer: [{ since: '3.2', haproxy: 431 }],
    why: OWN_400
  },
  {
    name: 'a field name of more than 255 characters',
    request: get(HOST, `X${'a'.repeat(255)}: 1`),
    proxy: 200,
    haproxy: 400,
    why: OWN_400
  }
]
