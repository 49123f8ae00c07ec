/** One thing that a task, or the way to it, does wrong, or merely rarely, and what is right then. */
export interface Fault {
  readonly name: string
  /** GET when absent; a POST has a body of a few bytes. */
  readonly method?: string
  /** `gone` refuses connections, `lost` never answers a SYN, `none` has no task. */
  readonly app?: 'gone' | 'lost' | 'none'
  /** What the task answers with, byte for byte. */
  readonly says?: string
  /** What it does behind it; keeps the connection when absent. */
  readonly ends?: 'fin' | 'reset'
  /** Only on a connection that has carried a request before; else it answers well. */
  readonly reusedOnly?: true
  /** `cut`: a 200 whose body never ends, at a connection that is closed. */
  readonly expect: Answered | OwnAnswered | 'cut'
  /** How many times the task got the request; 1 when absent. */
  readonly tries?: number
}

/** The task's answer. */
interface Answered {
  readonly status: number
  readonly body?: string
  /** 1xx before it. */
  readonly first?: readonly number[]
  readonly has?: RegExp
  readonly lacks?: RegExp
}

/** An answer of the gateway's own. */
interface OwnAnswered {
  readonly status: number
  readonly code: string
}

const HEAD = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL'
const ok = { status: 200, body: 'ok' }
const refused = { status: 502, code: 'GW_UPSTREAM_REFUSED' }
const improper = { status: 502, code: 'GW_UPSTREAM' }
const late = { status: 504, code: 'GW_UPSTREAM_TIMEOUT' }

const unreachable: readonly Fault[] = [
  { name: 'a connection is refused', app: 'gone', expect: refused, tries: 0 },
  { name: 'a connection is refused', method: 'POST', app: 'gone', expect: refused, tries: 0 },
  { name: 'the SYN is lost', app: 'lost', expect: late, tries: 0 },
  { name: 'the SYN is lost', method: 'POST', app: 'lost', expect: late, tries: 0 },
  {
    name: 'no task at all',
    app: 'none',
    expect: { status: 503, code: 'GW_NO_ENDPOINT' },
    tries: 0
  }
]

const silence: readonly Fault[] = [
  // Its connection had carried a request before: once more on a fresh one.
  { name: 'RST instead of an answer', ends: 'reset', expect: improper, tries: 2 },
  { name: 'FIN instead of an answer', ends: 'fin', expect: improper, tries: 2 },
  { name: 'RST instead of an answer', method: 'POST', ends: 'reset', expect: improper },
  { name: 'FIN instead of an answer', method: 'POST', ends: 'fin', expect: improper }
]

/** Nobody knows whether the task has done what was asked: told, not repeated at the same task. */
const unanswered: readonly Fault[] = (['GET', 'POST'] as const).flatMap((method) => [
  { name: 'FIN within the head', method, says: `${HEAD}Content-Le`, ends: 'fin', expect: improper },
  { name: 'RST within the head', method, says: `${HEAD}X-A: b`, ends: 'reset', expect: improper },
  { name: 'no answer', method, says: '', expect: late },
  { name: 'a head that does not end', method, says: `${HEAD}X-A: `, expect: late }
])

/** The race of keep-alive: the task closes while the request is on its way. */
const raced: readonly Fault[] = (['reset', 'fin'] as const).flatMap((ends) => [
  { name: `${ends} on reuse`, says: '', ends, reusedOnly: true, expect: ok, tries: 2 },
  { name: `${ends} on reuse`, method: 'POST', says: '', ends, reusedOnly: true, expect: improper }
])

const cutBodies: readonly Fault[] = (['fin', 'reset'] as const)
  .flatMap((ends) => [
    { name: 'a body shorter than its length', says: `${HEAD}Content-Length: 9\r\n\r\nhello`, ends },
    { name: 'a chunk that is cut', says: `${CHUNKED}9\r\nhello`, ends },
    { name: 'chunks without the last one', says: `${CHUNKED}5\r\nhello\r\n`, ends },
    { name: 'chunks, cut within the end', says: `${CHUNKED}5\r\nhello\r\n0\r\n`, ends }
  ])
  .map((fault) => ({ ...fault, name: `${fault.name}, ${fault.ends}`, expect: 'cut' }))

const brokenBodies: readonly Fault[] = [
  { name: 'a malformed chunk size', says: `${CHUNKED}5\r\nhello\r\nxyz\r\n`, expect: 'cut' },
  { name: 'a chunk longer than it says', says: `${CHUNKED}2\r\nhello\r\n0\r\n\r\n`, expect: 'cut' },
  { name: 'a bare LF behind a chunk size', says: `${CHUNKED}5\nhello\r\n0\r\n\r\n`, expect: 'cut' },
  { name: 'a trailer with NUL', says: `${CHUNKED}0\r\nX-A: \0\r\n\r\n`, expect: 'cut' },
  { name: 'a body that stalls', says: `${HEAD}Content-Length: 9\r\n\r\nhello`, expect: 'cut' },
  { name: 'chunks that stall', says: `${CHUNKED}5\r\nhello\r\n`, expect: 'cut' },
  {
    name: 'RST before a close that ends a body',
    says: `${HEAD}\r\nhello`,
    ends: 'reset',
    expect: 'cut'
  }
]

const informational: readonly Fault[] = [
  {
    name: '103 passes',
    says: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok`,
    expect: { ...ok, first: [103] }
  },
  {
    name: '102 passes',
    says: `HTTP/1.1 102 Processing\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok`,
    expect: { ...ok, first: [102] }
  },
  {
    name: 'a 100 nobody asked for is dropped',
    says: `HTTP/1.1 100 Continue\r\n\r\n${HEAD}Content-Length: 2\r\n\r\nok`,
    expect: ok
  },
  {
    name: 'a 101 nobody asked for',
    says: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    expect: improper
  }
]

const malformedHeads: readonly Fault[] = Object.entries({
  'not HTTP': '220 ready\r\n',
  'status 99': 'HTTP/1.1 99 Low\r\n\r\n',
  'status 799': 'HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n',
  'status 1000': 'HTTP/1.1 1000 High\r\n\r\n',
  'HTTP/2.0': 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'a head of 64 KiB': `${HEAD}X: ${'y'.repeat(65_536)}\r\n\r\n`,
  '500 fields': `${HEAD}${'X: y\r\n'.repeat(500)}\r\n`,
  'NUL in a value': `${HEAD}X-A: a\0b\r\nContent-Length: 0\r\n\r\n`,
  'a control in a value': `${HEAD}X-A: a\x01b\r\nContent-Length: 0\r\n\r\n`,
  'a name that is none': `${HEAD}X{A}: b\r\nContent-Length: 0\r\n\r\n`,
  'a space before a colon': `${HEAD}X-A : b\r\nContent-Length: 0\r\n\r\n`,
  'a line without a colon': `${HEAD}X-A\r\nContent-Length: 0\r\n\r\n`,
  'a folded line': `${HEAD}X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n`,
  'bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'bare CR': `${HEAD}X-A: a\rb\r\nContent-Length: 0\r\n\r\n`,
  'two lengths that differ': `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  'a length and chunks': `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a negative length': `${HEAD}Content-Length: -1\r\n\r\n`,
  'a coding nobody knows': `${HEAD}Transfer-Encoding: cow\r\n\r\n`
}).map(([name, says]) => ({ name, says, expect: improper }))

const rare: readonly Fault[] = [
  { name: 'a body that lasts until close', says: `${HEAD}\r\nok`, ends: 'fin', expect: ok },
  { name: 'HTTP/1.0', says: 'HTTP/1.0 200 OK\r\n\r\nok', ends: 'fin', expect: ok },
  {
    name: 'a FIN right behind the answer',
    says: `${HEAD}Content-Length: 2\r\n\r\nok`,
    ends: 'fin',
    expect: ok
  },
  {
    name: 'fields that are for the next hop only',
    says: `${HEAD}Connection: X-Priv\r\nX-Priv: 1\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nok`,
    expect: { ...ok, lacks: /X-Priv|timeout=9/i }
  },
  {
    name: 'trailers',
    says: `${HEAD}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`,
    expect: ok
  },
  {
    name: 'junk behind an answer',
    says: `${HEAD}Content-Length: 2\r\n\r\nok${EVIL}`,
    expect: ok
  },
  { name: 'junk behind chunks', says: `${CHUNKED}2\r\nok\r\n0\r\n\r\n${EVIL}`, expect: ok },
  {
    name: '204 with a body',
    says: `HTTP/1.1 204 No Content\r\n\r\n${EVIL}`,
    expect: { status: 204, body: '' }
  },
  {
    name: '304 with Content-Length',
    says: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: "a"\r\n\r\n',
    expect: { status: 304, body: '', has: /\r\ncontent-length: 77/i }
  },
  {
    name: '304 with a body',
    says: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${EVIL.length}\r\n\r\n${EVIL}`,
    expect: { status: 304, body: '' }
  },
  {
    name: 'the length of what GET would have',
    method: 'HEAD',
    says: `${HEAD}Content-Length: 77\r\n\r\n`,
    expect: { status: 200, has: /\r\ncontent-length: 77/i }
  },
  {
    name: 'a body in spite of HEAD',
    method: 'HEAD',
    says: `${HEAD}Content-Length: ${EVIL.length}\r\n\r\n${EVIL}`,
    expect: { status: 200 }
  },
  {
    name: 'a 503 of its own passes',
    says: 'HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy',
    expect: { status: 503, body: 'busy' }
  },
  {
    name: 'a 500 of its own passes',
    says: 'HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\noh',
    expect: { status: 500, body: 'oh' }
  }
]

export const faults: readonly Fault[] = [
  ...unreachable,
  ...silence,
  ...unanswered,
  ...raced,
  ...cutBodies,
  ...brokenBodies,
  ...informational,
  ...malformedHeads,
  ...rare
]
