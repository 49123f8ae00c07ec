import { seededRandom } from '../../src/plugins/haproxy/agreement/seeded-random.ts'

/** What a client sends on one connection, and what may differ between two lanes that mean the same. */
export interface LaneCase {
  readonly name: string
  /** Latin-1; one write each. */
  readonly pieces: readonly string[]
  /**
   * Bytes that are no plain request may follow whole ones. How far the answers of these go is a matter
   * of time then: whoever reads ahead closes the connection, perhaps before the last of them.
   */
  readonly endsByTime: boolean
  /** A 1xx is dropped when it comes before its turn. */
  readonly pipelined: boolean
}

/** Requests whose host is that word; the last one closes the connection. */
export function laneCase(seed: number, host: string): LaneCase {
  const random = seededRandom(seed)
  const pick = <One>(from: readonly One[]): One => from[Math.floor(random() * from.length)] as One
  const chance = (share: number): boolean => random() < share
  const count = pick([1, 1, 1, 2, 3])
  const requests = Array.from({ length: count }, (_, i) =>
    validRequest(pick, chance, host, i === count - 1)
  )
  const valid = requests.join('')
  // Of what is wrong within an extension, Node's parser sees more; none is ever forwarded.
  const mutated = chance(0.25) && !valid.includes(';a=b')
  const changed = mutated ? mutate(valid, pick, random) : valid
  // Further spaces around a target are refused by the wire lane; Node's parser takes them for one.
  const bytes = FURTHER_SPACES.test(changed) ? valid : changed
  const endsByTime = mutated || (count > 1 && ODD.test(bytes))
  return {
    name: `case ${seed}`,
    pieces: split(bytes, chance, random),
    endsByTime,
    pipelined: count > 1
  }
}

/** What is not plain in what is generated here. */
const ODD =
  /^(?:BREW|TRACE|OPTIONS) |[ #"\xe9]\S* HTTP|http:| HTTP\/1\.[02]|http\/1| \* |^X Y:|^X-Ctl|^: |^ b|gzip|\+5|^zz|^Upgrade|^Proxy-C|Length: \d+\r\n(?:[\s\S]*\r\n)?(?:Content-Length|Transfer-)|^Transfer-(?:[\s\S]*\r\n)?Content-Length/im

const FURTHER_SPACES = /^[!-~]+ (?: |[!-~]+ {2})/m

type Pick = <One>(from: readonly One[]) => One
type Chance = (share: number) => boolean

const METHODS = [
  ...['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'],
  ...['M-SEARCH', 'TRACE', 'BREW']
]
const TARGETS = [
  ...['/', '/', '/a', '/a/b?c=d', '/a%2Fb//c?q=%20', "/x;y,z@e:f!$'()*+", '/a?b=[1]', '/%00'],
  ...['/a/../b', '/sh%6Fp', '//', '/?', '/a b', '/a#b', '*', 'http://other.local/x', '/\xe9', '/"']
]
const VERSIONS = [
  ...Array.from({ length: 12 }, () => 'HTTP/1.1'),
  'HTTP/1.0',
  'HTTP/1.2',
  'http/1.1'
]

/** Mostly what is common, each now and then what is not. */
const FIELDS = [
  ...[
    'Accept: text/html',
    'Accept: application/json',
    'accept: */*',
    'X-A: 1',
    'x-a:2',
    'X-A:  two  '
  ],
  ...[
    'Cookie: a=b; gw=zzz',
    'Cookie: c=d',
    'User-Agent: x/1 (y; z)',
    'X-Empty:',
    'X-High: \xe9\xff'
  ],
  ...['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Proto: https', 'x-forwarded-host: evil', 'Proxy: x'],
  ...['X_Forwarded_For: 7.7.7.7', 'Forwarded: for=1', 'X-Real-IP: 1.1.1.1', 'Content_Length: 3'],
  ...[
    'Connection: keep-alive',
    'Connection: X-A',
    'connection: x-a , keep-alive',
    'Keep-Alive: 300'
  ],
  ...['TE: trailers', 'TE: gzip', 'Trailer: X-Sum', 'Proxy-Connection: keep-alive', 'Upgrade: h2c'],
  ...['Expect: 100-continue', 'Expect: 200-ok', 'Authorization: Basic YTpi', 'Idempotency-Key: 1'],
  ...[
    'Host: second.local',
    'X Y: z',
    'X-Tab:\ta\tb',
    'X-Ctl: a\x01b',
    ': nameless',
    'X-Fold: a\r\n b'
  ],
  ...[
    'Content-Length: 3',
    'Transfer-Encoding: gzip',
    'Date: now',
    'If-None-Match: "x"',
    'Via: 1.1 y'
  ]
]

function validRequest(pick: Pick, chance: Chance, host: string, isLast: boolean): string {
  const method = pick(METHODS)
  const lines = [`${method} ${chance(0.6) ? '/p' : pick(TARGETS)} ${pick(VERSIONS)}`]
  lines.push(`${pick(['Host', 'Host', 'host'])}: ${chance(0.96) ? host : pick(hostsLike(host))}`)
  lines.push(`X-Answer: ${pick(ANSWER_NAMES)}`)
  while (chance(0.45)) lines.push(pick(FIELDS))
  const { fields, body } = pick(BODIES)
  if (isLast && chance(0.9)) lines.push('Connection: close')
  return `${[...lines, ...fields].join('\r\n')}\r\n\r\n${body}`
}

function hostsLike(host: string): readonly string[] {
  const own = [`${host}:80`, host.toUpperCase(), `${host}.`]
  return ['nobody.local', 'a b', '', 'a,b', '[::1]', '\xe9.local', ...own]
}

const NO_BODY = { fields: [] as readonly string[], body: '' }
const CHUNKED = ['Transfer-Encoding: chunked']
const BODIES = [
  ...Array.from({ length: 8 }, () => NO_BODY),
  { fields: ['Content-Length: 0'], body: '' },
  { fields: ['Content-Length: 5'], body: 'hello' },
  { fields: ['content-length: 005'], body: 'hello' },
  { fields: ['Content-Length: 30000'], body: 'x'.repeat(30_000) },
  { fields: CHUNKED, body: '0\r\n\r\n' },
  { fields: CHUNKED, body: '5\r\nhello\r\n2;a=b\r\n, \r\n0\r\n\r\n' },
  {
    fields: ['transfer-encoding: Chunked'],
    body: `${(9000).toString(16)}\r\n${'y'.repeat(9000)}\r\n0\r\n\r\n`
  },
  { fields: [...CHUNKED, 'Trailer: X-Sum'], body: '1\r\na\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n' },
  { fields: ['Transfer-Encoding: chunked, gzip'], body: '0\r\n\r\n' },
  { fields: ['Content-Length: 5', ...CHUNKED], body: '0\r\n\r\n' },
  { fields: ['Content-Length: 5', 'Content-Length: 5'], body: 'hello' },
  { fields: ['Content-Length: +5'], body: 'hello' },
  { fields: CHUNKED, body: 'zz\r\nhello\r\n0\r\n\r\n' }
]

const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n'
/** What a task answers, by the name a request asks for. */
export const laneAnswers: Readonly<Record<string, string>> = {
  ok: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  reason: 'HTTP/1.1 299 So so\r\nx-B: 1\r\nX-b: 2\r\nContent-Length: 0\r\n\r\n',
  unreasoned: 'HTTP/1.1 201\r\nDate: then\r\nContent-Length: 3\r\n\r\nabc',
  large: `HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n${'z'.repeat(90_000)}`,
  chunked: `${CHUNKED_HEAD}\r\n2\r\nhi\r\n3;x=y\r\n123\r\n0\r\n\r\n`,
  trailers: `${CHUNKED_HEAD}Trailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n`,
  empty: 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
  unchanged: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: "a"\r\n\r\n',
  hints:
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  goOn: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  until: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil close',
  old: 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold',
  hops: 'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nContent-Length: 1\r\n\r\n.',
  moved:
    'HTTP/1.1 302 Found\r\nLocation: http://w0.local/x\r\nSet-Cookie: q=1\r\nContent-Length: 0\r\n\r\n',
  secure: 'HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n',
  bad: 'HTTP/1.1 200 OK\r\nX : y\r\n\r\n',
  half: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!'
}
const ANSWER_NAMES = [...Object.keys(laneAnswers), 'ok', 'ok', 'ok', 'ok']
/** The task closes behind these. */
export const closingAnswers: ReadonlySet<string> = new Set(['until', 'old', 'half'])

const SPICE = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '\xff',
  '0',
  'x',
  '\r\n\r\n',
  '/'
]

/** One or two bytes that should not be there, or are not there though they should be. */
function mutate(text: string, pick: Pick, random: () => number): string {
  let mutated = text
  for (let i = pick([1, 1, 2]); i > 0; i -= 1) {
    // Heads are in front.
    const at = Math.floor(random() * Math.min(mutated.length, 300))
    const left = mutated.slice(0, at)
    const kind = pick(['insert', 'replace', 'remove'])
    const right = mutated.slice(kind === 'insert' ? at : at + 1)
    mutated = `${left}${kind === 'remove' ? '' : pick(SPICE)}${right}`
  }
  return mutated
}

function split(bytes: string, chance: Chance, random: () => number): string[] {
  if (!chance(0.25)) return [bytes]
  const at = Math.floor(random() * Math.min(bytes.length, 400))
  return [bytes.slice(0, at), bytes.slice(at)].filter((piece) => piece !== '')
}
