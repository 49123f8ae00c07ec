import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamRequest } from '../../../../src/gateway/http/upstream/exchange.ts'
import {
  type Reaction,
  reset,
  sayAndClose,
  sayAndReset,
  scriptedTask,
  silent,
  testClient
} from '../../../support/client-fixture.ts'
import { record, request } from '../../../support/recording-handler.ts'

interface Case {
  readonly name: string
  readonly answer: string | Reaction
  readonly request?: Partial<UpstreamRequest>
  readonly events: readonly string[]
  readonly body?: string
  readonly headers?: readonly string[]
  readonly length?: number
  readonly contentLength?: number
  readonly trailers?: readonly string[]
  /** The connection carries the next request. */
  readonly reused: boolean
}

const OK = 'HTTP/1.1 200 OK\r\n'
const complete = ['head 200', 'end']
const fast = { connectMs: 10_000, firstByteMs: 100, idleMs: 30_000 }
const impatient = { connectMs: 10_000, firstByteMs: 30_000, idleMs: 100 }

const cases: readonly Case[] = [
  {
    name: 'a body with a length',
    answer: `${OK}Content-Length: 5\r\nX-A: b\r\n\r\nhello`,
    events: complete,
    body: 'hello',
    headers: ['X-A', 'b'],
    length: 5,
    contentLength: 5,
    reused: true
  },
  {
    name: 'a chunked body with trailers',
    answer: `${OK}Transfer-Encoding: chunked\r\nTrailer: X-T, Host\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\nSet-Cookie: a\r\n\r\n`,
    events: complete,
    body: 'hello',
    headers: ['Trailer', 'X-T'],
    length: -1,
    trailers: ['X-T', '1'],
    reused: true
  },
  {
    name: 'until close',
    answer: sayAndClose(`${OK}\r\nhello`),
    events: complete,
    body: 'hello',
    length: -1,
    reused: false
  },
  {
    name: 'until close, but reset',
    answer: sayAndReset(`${OK}\r\nhello`),
    events: ['head 200', 'failure body reset'],
    body: 'hello',
    reused: false
  },
  {
    name: 'HTTP/1.0',
    answer: sayAndClose(`HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok`),
    events: complete,
    body: 'ok',
    reused: false
  },
  {
    name: 'HTTP/1.0 that keeps alive',
    answer: `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok`,
    events: complete,
    body: 'ok',
    reused: true
  },
  {
    name: 'Connection: close',
    answer: `${OK}Connection: close\r\nContent-Length: 2\r\n\r\nok`,
    events: complete,
    body: 'ok',
    headers: [],
    reused: false
  },
  {
    name: 'Keep-Alive with no time left',
    answer: `${OK}Keep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok`,
    events: complete,
    body: 'ok',
    headers: [],
    reused: false
  },
  {
    name: 'fields named by Connection',
    answer: `${OK}Connection: X-Priv\r\nX-Priv: 1\r\nContent-Length: 0\r\n\r\n`,
    events: complete,
    headers: [],
    reused: true
  },
  {
    name: 'HEAD',
    request: { method: 'HEAD' },
    answer: `${OK}Content-Length: 5\r\n\r\n`,
    events: complete,
    length: 0,
    contentLength: 5,
    reused: true
  },
  {
    name: '204',
    answer: 'HTTP/1.1 204 No Content\r\n\r\n',
    events: ['head 204', 'end'],
    length: 0,
    reused: true
  },
  {
    name: '204 with a body',
    answer: 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 EVIL\r\n\r\n',
    events: ['head 204', 'end'],
    length: 0,
    reused: false
  },
  {
    name: '304 with a length',
    answer: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n',
    events: ['head 304', 'end'],
    length: 0,
    contentLength: 99,
    reused: true
  },
  {
    name: '304 with a body',
    answer: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc',
    events: ['head 304', 'end'],
    length: 0,
    reused: false
  },
  {
    name: 'junk behind an answer',
    answer: `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 EVIL\r\nContent-Length: 4\r\n\r\nEVIL`,
    events: complete,
    body: 'ok',
    reused: false
  },
  {
    name: '1xx before the answer',
    answer: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    events: ['100', '103 Link </a>', ...complete],
    body: 'ok',
    reused: true
  },
  {
    name: '101 unasked',
    answer: 'HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: 'a refused upgrade',
    request: { upgrade: true },
    answer: 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno',
    events: ['head 403', 'end'],
    body: 'no',
    reused: true
  },
  {
    name: '500 heads of 1xx',
    answer: 'HTTP/1.1 103 E\r\n\r\n'.repeat(500),
    events: [...Array(100).fill('103'), 'failure head bad-answer'],
    reused: false
  },
  {
    name: 'a head of 64 KiB',
    answer: `${OK}X: ${'y'.repeat(65_536)}\r\n\r\n`,
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: '500 fields',
    answer: `${OK}${'X: y\r\n'.repeat(500)}\r\n`,
    events: ['failure head bad-answer'],
    reused: false
  },
  { name: 'not HTTP', answer: '220 ready\r\n', events: ['failure head bad-answer'], reused: false },
  {
    name: 'status 99',
    answer: 'HTTP/1.1 99 Low\r\n\r\n',
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: 'bare LF',
    answer: 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: 'two lengths',
    answer: `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: 'length and chunked',
    answer: `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: 'an unknown coding',
    answer: `${OK}Transfer-Encoding: gzip\r\n\r\n`,
    events: ['failure head bad-answer'],
    reused: false
  },
  {
    name: 'a bad chunk',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n`,
    events: ['head 200', 'failure body bad-answer'],
    body: 'hello',
    reused: false
  },
  {
    name: 'a cut body',
    answer: sayAndClose(`${OK}Content-Length: 9\r\n\r\nhello`),
    events: ['head 200', 'failure body closed'],
    body: 'hello',
    reused: false
  },
  {
    name: 'a body cut by a reset',
    answer: sayAndReset(`${OK}Content-Length: 9\r\n\r\nhello`),
    events: ['head 200', 'failure body reset'],
    body: 'hello',
    reused: false
  },
  {
    name: 'a cut chunk',
    answer: sayAndClose(`${OK}Transfer-Encoding: chunked\r\n\r\n9\r\nhello`),
    events: ['head 200', 'failure body closed'],
    body: 'hello',
    reused: false
  },
  {
    name: 'no last chunk',
    answer: sayAndClose(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`),
    events: ['head 200', 'failure body closed'],
    body: 'hello',
    reused: false
  },
  {
    name: 'a cut head',
    answer: sayAndClose(`${OK}X-A: b\r\n`),
    events: ['failure head closed'],
    reused: false
  },
  {
    name: 'FIN instead of an answer',
    answer: sayAndClose(''),
    events: ['failure head closed'],
    reused: false
  },
  {
    name: 'RST instead of an answer',
    answer: reset,
    events: ['failure head reset'],
    reused: false
  },
  {
    name: 'no answer',
    request: { timeouts: fast },
    answer: silent,
    events: ['failure head first-byte-timeout'],
    reused: false
  },
  {
    name: 'a head that never ends',
    request: { timeouts: fast },
    answer: `${OK}X-A: `,
    events: ['failure head first-byte-timeout'],
    reused: false
  },
  {
    name: 'a body that stalls',
    request: { timeouts: impatient },
    answer: `${OK}Content-Length: 9\r\n\r\nhello`,
    events: ['head 200', 'failure body idle-timeout'],
    body: 'hello',
    reused: false
  }
]

const NEXT = `${OK}Content-Length: 4\r\n\r\nnext`

for (const c of cases) {
  test(`answer: ${c.name}`, async () => {
    const task = await scriptedTask(c.answer, NEXT)
    const client = testClient()
    const told = record()
    client.send(task.endpoint, request(c.request), told)
    await told.over
    assert.deepEqual(told.events, c.events)
    assert.equal(told.body, c.body ?? '')
    if (c.headers !== undefined) assert.deepEqual(told.headers, c.headers)
    if (c.length !== undefined) assert.equal(told.length, c.length)
    if (c.contentLength !== undefined) assert.equal(told.contentLength, c.contentLength)
    assert.deepEqual(told.trailers, c.trailers ?? [])
    // Whatever happened, the next request gets its own answer.
    const next = record()
    client.send(task.endpoint, request(), next)
    await next.over
    assert.equal(next.body, 'next')
    assert.equal(task.connections.length, c.reused ? 1 : 2)
    assert.deepEqual(told.events, c.events, 'no call after the last one')
  })
}
