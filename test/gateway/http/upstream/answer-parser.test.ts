import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answerEvents, type Expectation } from '../../../support/answer-events.ts'

interface Case extends Expectation {
  readonly name: string
  readonly bytes: string
  readonly expect: readonly string[]
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const CHUNKED_HEAD = 'head 200 OK Transfer-Encoding|chunked chunked -1'
const ok = (fields: string, body = '') => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`

const good: readonly Case[] = [
  {
    name: 'a body with a length',
    bytes: ok('Content-Length: 5\r\n', 'hello'),
    expect: ['head 200 OK Content-Length|5 length 5', 'body hello', 'end ']
  },
  {
    name: 'an empty body',
    bytes: ok('Content-Length: 0\r\n'),
    expect: ['head 200 OK Content-Length|0 length 0', 'end ']
  },
  {
    name: 'no reason and no space',
    bytes: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
    expect: ['head 200  Content-Length|0 length 0', 'end ']
  },
  {
    name: 'a reason with obs-text',
    bytes: 'HTTP/1.1 200 Gr\xfc\xdf\tGott\r\nContent-Length: 0\r\n\r\n',
    expect: ['head 200 Gr\xfc\xdf\tGott Content-Length|0 length 0', 'end ']
  },
  {
    name: 'blanks around a value, an empty value, case and duplicates',
    bytes: ok('a: \t x y\t \r\nB:\r\na:z\r\nContent-Length: 0\r\n'),
    expect: ['head 200 OK a|x y|B||a|z|Content-Length|0 length 0', 'end ']
  },
  {
    name: 'bytes behind the answer',
    bytes: ok('Content-Length: 2\r\n', 'okHTTP/1.1 200 EVIL\r\n\r\n'),
    expect: ['head 200 OK Content-Length|2 length 2', 'body ok', 'end extra']
  },
  {
    name: 'chunks, an extension, capitals, trailers',
    bytes: `${CHUNKED}5\r\nhello\r\n1A;name="v"\r\n${'x'.repeat(26)}\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n`,
    expect: [CHUNKED_HEAD, `body hello${'x'.repeat(26)}`, 'end X-T|1|X-U|2']
  },
  {
    name: 'no chunks',
    bytes: `${CHUNKED}000\r\n\r\n`,
    expect: [CHUNKED_HEAD, 'end ']
  },
  {
    name: 'bytes behind the last chunk',
    bytes: `${CHUNKED}1\r\na\r\n0\r\n\r\nX`,
    expect: [CHUNKED_HEAD, 'body a', 'end extra']
  },
  {
    name: 'HEAD with a length',
    method: 'HEAD',
    bytes: ok('Content-Length: 5\r\n'),
    expect: ['head 200 OK Content-Length|5 none 0', 'end ']
  },
  {
    name: 'HEAD with chunked',
    method: 'HEAD',
    bytes: CHUNKED,
    expect: ['head 200 OK Transfer-Encoding|chunked none 0', 'end ']
  },
  {
    name: '304 with a length',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 512\r\n\r\n',
    expect: ['head 304 Not Modified Content-Length|512 none 0', 'end ']
  },
  {
    name: '204 with a body that it can not have',
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc',
    expect: ['head 204 No Content Content-Length|3 none 0', 'end extra']
  },
  {
    name: 'until close',
    bytes: ok('', 'hello'),
    fin: true,
    expect: ['head 200 OK  close -1 close', 'body hello', 'end ', 'until close']
  },
  {
    name: 'a cut body with a length',
    bytes: ok('Content-Length: 9\r\n', 'hello'),
    fin: true,
    expect: ['head 200 OK Content-Length|9 length 9', 'body hello', 'cut']
  },
  {
    name: 'a cut chunk',
    bytes: `${CHUNKED}5\r\nhel`,
    fin: true,
    expect: [CHUNKED_HEAD, 'body hel', 'cut']
  },
  {
    name: 'chunks cut before the last one',
    bytes: `${CHUNKED}5\r\nhello\r\n`,
    fin: true,
    expect: [CHUNKED_HEAD, 'body hello', 'cut']
  },
  {
    name: 'trailers cut',
    bytes: `${CHUNKED}0\r\nX-T: 1\r\n`,
    fin: true,
    expect: [CHUNKED_HEAD, 'cut']
  },
  {
    name: 'Connection: close',
    bytes: ok('Connection: x, Close\r\nContent-Length: 0\r\n'),
    expect: ['head 200 OK Connection|x, Close|Content-Length|0 length 0 close', 'end ']
  },
  {
    name: 'HTTP/1.0',
    bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    expect: ['head 200 OK Content-Length|0 length 0 close', 'end ']
  },
  {
    name: 'HTTP/1.0 that keeps alive',
    bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n',
    expect: ['head 200 OK Connection|keep-alive|Content-Length|0 length 0', 'end ']
  },
  {
    name: 'informational answers first',
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('Content-Length: 1\r\n', 'a')}`,
    expect: [
      'info 100 ',
      'info 103 Link|</a>',
      'head 200 OK Content-Length|1 length 1',
      'body a',
      'end '
    ]
  },
  {
    name: 'a switch that was asked for',
    upgrade: true,
    bytes: 'HTTP/1.1 101 S\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\nframe',
    expect: ['switch 101', 'body frame']
  },
  {
    name: 'fields named like parts of Object',
    bytes: ok('__proto__: a\r\nconstructor: b\r\nContent-Length: 0\r\n'),
    expect: ['head 200 OK __proto__|a|constructor|b|Content-Length|0 length 0', 'end ']
  }
]

const bad: readonly (readonly [name: string, bytes: string, expectation?: Expectation])[] = [
  ['not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
  ['lower-case protocol', 'http/1.1 200 OK\r\n\r\n'],
  ['status 99', 'HTTP/1.1 099 Low\r\n\r\n'],
  ['status of two digits', 'HTTP/1.1 99 Low\r\n\r\n'],
  ['status 600', 'HTTP/1.1 600 High\r\n\r\n'],
  ['status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['an empty line first', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['bare LF after the status line', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  ['bare LF all over', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['bare LF in a value', ok('a: b\nc: d\r\nContent-Length: 0\r\n')],
  ['bare CR in a value', ok('a: b\rc: d\r\nContent-Length: 0\r\n')],
  ['NUL in a value', ok('a: b\0\r\nContent-Length: 0\r\n')],
  ['a control in a value', ok('a: b\x01\r\nContent-Length: 0\r\n')],
  ['DEL in a value', ok('a: b\x7f\r\nContent-Length: 0\r\n')],
  ['a folded line', ok('a: b\r\n c\r\nContent-Length: 0\r\n')],
  ['a blank before the colon', ok('Content-Length : 0\r\n')],
  ['no colon', ok('Content-Length\r\n')],
  ['no name', ok(': x\r\nContent-Length: 0\r\n')],
  ['a name that is no token', ok('a(b): x\r\nContent-Length: 0\r\n')],
  ['a name with obs-text', ok('\xfcber: x\r\nContent-Length: 0\r\n')],
  ['two lengths that differ', ok('Content-Length: 1\r\nContent-Length: 2\r\n', 'ab')],
  ['two lengths that agree', ok('Content-Length: 1\r\nContent-Length: 1\r\n', 'a')],
  ['a list of lengths', ok('Content-Length: 1, 1\r\n', 'a')],
  ['a negative length', ok('Content-Length: -1\r\n')],
  ['a signed length', ok('Content-Length: +1\r\n', 'a')],
  ['a hexadecimal length', ok('Content-Length: 0x1\r\n', 'a')],
  ['an empty length', ok('Content-Length:\r\n')],
  ['a length beyond counting', ok('Content-Length: 9007199254740993\r\n')],
  ['length beside chunked', ok('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n')],
  ['an unknown coding', ok('Transfer-Encoding: gzip\r\n')],
  ['a coding before chunked', ok('Transfer-Encoding: gzip, chunked\r\n')],
  ['chunked twice', ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
  ['identity', ok('Transfer-Encoding: identity\r\n')],
  ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  [
    'a switch nobody asked for',
    'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
  ],
  [
    'a switch to h2c',
    'HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    { upgrade: true }
  ],
  [
    'a switch without Connection',
    'HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n',
    { upgrade: true }
  ],
  ['201 fields', ok('a: b\r\n'.repeat(201))],
  ['a head of more than 32 KiB', ok(`a: ${'x'.repeat(32_768)}\r\n`)],
  ['101 informational answers', 'HTTP/1.1 103 E\r\n\r\n'.repeat(101)],
  ['no chunk size', `${CHUNKED}\r\n`],
  ['a blank after the size', `${CHUNKED}1 \r\na\r\n0\r\n\r\n`],
  ['a signed size', `${CHUNKED}+1\r\na\r\n0\r\n\r\n`],
  ['a size with 0x', `${CHUNKED}0x1\r\na\r\n0\r\n\r\n`],
  ['nine digits of size', `${CHUNKED}000000001\r\na\r\n0\r\n\r\n`],
  ['bare LF after the size', `${CHUNKED}1\na\r\n0\r\n\r\n`],
  ['CR alone after the size', `${CHUNKED}1\ra\r\n0\r\n\r\n`],
  ['a chunk longer than its size', `${CHUNKED}1\r\nab\r\n0\r\n\r\n`],
  ['a chunk without its end', `${CHUNKED}1\r\na0\r\n\r\n`],
  ['CR alone after a chunk', `${CHUNKED}1\r\na\rb0\r\n\r\n`],
  ['bare LF after a chunk', `${CHUNKED}1\r\na\n0\r\n\r\n`],
  ['LF in an extension', `${CHUNKED}1;a\nb\r\na\r\n0\r\n\r\n`],
  ['an endless extension', `${CHUNKED}1;${'x'.repeat(4097)}\r\na\r\n0\r\n\r\n`],
  ['a bad trailer', `${CHUNKED}0\r\nX T: 1\r\n\r\n`],
  ['trailers of more than 16 KiB', `${CHUNKED}0\r\nx: ${'x'.repeat(16_384)}\r\n\r\n`]
]

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const cases: readonly Case[] = [
  ...good,
  ...bad.map(([name, bytes, expectation = {}]) => ({
    name,
    bytes,
    ...expectation,
    expect: ['bad']
  }))
]

for (const c of cases) {
  test(`answer parser: ${c.name}`, () => {
    const events = answerEvents([bytesOf(c.bytes)], c)
    if (c.expect[0] === 'bad') assert.equal(events.at(-1), 'bad')
    else assert.deepEqual(events, c.expect)
  })
}

test('answer parser: where an answer is split changes nothing', () => {
  for (const c of cases.filter(({ bytes }) => bytes.length < 2000)) {
    const bytes = bytesOf(c.bytes)
    const whole = answerEvents([bytes], c)
    for (let at = 1; at < bytes.length; at++) {
      const split = answerEvents([bytes.subarray(0, at), bytes.subarray(at)], c)
      assert.deepEqual(split, whole, `${c.name}, split at ${at}`)
    }
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
    assert.deepEqual(answerEvents(single, c), whole, `${c.name}, byte by byte`)
  }
})

test('answer parser: mutated answers neither throw nor depend on where they are split', () => {
  const mutation = fc.tuple(
    fc.nat(),
    fc.oneof(fc.constantFrom(0, 9, 10, 13, 32, 58, 59), fc.nat(255)),
    fc.nat(2)
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...good),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      (c, mutations, cuts) => {
        const bytes = mutations.reduce(mutate, bytesOf(c.bytes))
        assert.deepEqual(answerEvents(cut(bytes, cuts), c), answerEvents([bytes], c))
      }
    ),
    { numRuns: 5000 }
  )
})

function mutate(bytes: Buffer, [where, byte, how]: readonly [number, number, number]): Buffer {
  const at = where % (bytes.length + 1)
  const after = how === 0 ? at : at + 1
  const inserted = how === 1 ? [] : [byte]
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted), bytes.subarray(after)])
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const borders = [
    0,
    ...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length
  ]
  return borders.slice(1).map((to, i) => bytes.subarray(borders[i], to))
}
