import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OWN_MEMORY } from '../../../../src/gateway/http/read-memory.ts'
import { RequestBody } from '../../../../src/plugins/proxy/wire/request-body.ts'
import { mayBecomePlain, parsePlainHead } from '../../../../src/plugins/proxy/wire/request-head.ts'
import { RequestReader } from '../../../../src/plugins/proxy/wire/request-reader.ts'
import { laneCase } from '../../../support/lane-cases.ts'
import { malformedCases } from '../../../support/malformed-cases.ts'
import { readStrictly } from '../../../support/strict-request-reader.ts'

const LIMITS = { maxHeadBytes: 16_384, maxFields: 200 }

/** What a reader found: each request, then what it left unread. */
function readingOf(pieces: readonly Buffer[]): { requests: string[]; end: string } {
  const requests: string[] = []
  let text = ''
  let end = 'open'
  const reader = new RequestReader(
    {
      onHead(head) {
        text = `${head.method} ${head.target} ${head.rawHeaders.join('|')} `
        const body = new RequestBody(head.fields, { readOn: () => undefined })
        body.write = (chunk) => {
          text += chunk.toString('latin1')
          return true
        }
        const { end: whole } = body
        body.end = (trailers) => {
          text += ` ${trailers?.join('|') ?? ''}`
          whole.call(body, trailers)
        }
        return body
      },
      onWhole: () => void requests.push(text),
      onHeld: () => undefined,
      onOther: () => {
        end = 'other'
      },
      onBadBody: () => {
        end = 'broken'
        reader.stop()
      }
    },
    LIMITS
  )
  for (const piece of pieces) reader.read(piece, OWN_MEMORY)
  return { requests, end }
}

/** Many and long enough that they are seldom the same; short enough to be cut at every byte. */
const texts = [
  ...malformedCases.map(({ segs }) => segs.join('')),
  ...Array.from({ length: 200 }, (_, seed) => laneCase(seed + 1, 'a.local').pieces.join(''))
].filter((text) => text.length < 1500)

describe('reading requests off a wire', () => {
  test('a request is the same wherever its bytes are cut', () => {
    for (const text of texts) {
      const bytes = Buffer.from(text, 'latin1')
      const whole = readingOf([bytes])
      for (let at = 1; at < bytes.length; at += 1) {
        const cut = readingOf([bytes.subarray(0, at), bytes.subarray(at)])
        assert.deepEqual(cut, whole, `${JSON.stringify(text)} cut at ${at}`)
      }
    }
  })

  test('byte by byte, nothing is read that a strict reader would not find', () => {
    for (const text of texts) {
      const bytes = Buffer.from(text, 'latin1')
      const pieces = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
      const { requests } = readingOf(pieces)
      assert.ok(requests.length <= readingOf([bytes]).requests.length, JSON.stringify(text))
    }
  })

  test('what is plain, a strict reader reads too', () => {
    for (const text of texts) {
      const { requests } = readingOf([Buffer.from(text, 'latin1')])
      // Host is looked at later, and that reader refuses extensions of chunks.
      const strict = readStrictly(withoutExtensions(text))
      if (strict.fault === undefined || !/Host/.test(strict.fault)) {
        assert.ok(requests.length <= strict.requests.length, JSON.stringify(text))
      }
    }
  })

  test('no mutation makes it throw, hang, or read past the end', () => {
    const mutation = fc.tuple(
      fc.nat(1500),
      fc.constantFrom('insert', 'remove', 'flip'),
      fc.nat(255)
    )
    const property = fc.property(
      fc.constantFrom(...texts),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(1500), { maxLength: 3 }),
      (text, mutations, cuts) => {
        const bytes = mutated(Buffer.from(text, 'latin1'), mutations)
        const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
        const pieces = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length))
        const { requests } = readingOf(pieces)
        const read = requests.reduce((sum, request) => sum + request.length, 0)
        assert.ok(read <= bytes.length + requests.length * 3)
      }
    )
    fc.assert(property, { numRuns: 20_000 })
  })

  test('a head in pieces without end is given away, not looked at again and again', () => {
    const pieces = Array.from('GET / HTTP/1.1\r\nHost: a.local\r\n', (byte) => Buffer.from(byte))
    assert.equal(readingOf(pieces).end, 'other')
  })

  test('a head that is too long for the lane is given away before its end', () => {
    const { end } = readingOf([Buffer.from(`GET / HTTP/1.1\r\nX: ${'x'.repeat(17_000)}`)])
    assert.equal(end, 'other')
  })
})

describe('plain heads', () => {
  const head = (line: string, ...fields: readonly string[]): string =>
    [line, 'Host: a', ...fields, ''].join('\r\n')
  const plain = [
    head('GET / HTTP/1.1'),
    head('POST /a?b=%20 HTTP/1.1', 'Content-Length: 5'),
    head('PUT / HTTP/1.1', 'transfer-encoding: Chunked', 'X-A:b', 'X-B: \t c \t'),
    head('GET / HTTP/1.1', 'Connection: close, x', 'X: \xe9')
  ]
  const other = [
    head('GET / HTTP/1.0'),
    head('GET  / HTTP/1.1'),
    head('GET / HTTP/1.1 '),
    head('get / HTTP/1.1'),
    head('BREW / HTTP/1.1'),
    head('GET http://a/ HTTP/1.1'),
    head('OPTIONS * HTTP/1.1'),
    head('GET /#a HTTP/1.1'),
    head('GET /\xe9 HTTP/1.1'),
    head('GET / HTTP/1.1', 'X : y'),
    head('GET / HTTP/1.1', ' folded'),
    head('GET / HTTP/1.1', 'X: a\nY: b'),
    head('GET / HTTP/1.1', 'X: a\rb'),
    head('GET / HTTP/1.1', 'X: a\0b'),
    head('GET / HTTP/1.1', 'Content-Length: 1', 'Content-Length: 1'),
    head('GET / HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    head('GET / HTTP/1.1', 'Content-Length: +1'),
    head('GET / HTTP/1.1', 'Content-Length: 1234567890123456'),
    head('GET / HTTP/1.1', 'Transfer-Encoding: chunked, chunked'),
    head('GET / HTTP/1.1', 'Transfer-Encoding: gzip'),
    head('GET / HTTP/1.1', 'Upgrade: websocket'),
    head('GET / HTTP/1.1', 'Connection: x, Upgrade'),
    head('GET / HTTP/1.1', 'Proxy-Connection: close'),
    ''
  ]
  for (const text of plain) {
    test(`plain: ${JSON.stringify(text)}`, () => {
      assert.ok(parsePlainHead(text, 200))
      for (let at = 0; at <= text.length; at += 1) {
        assert.ok(mayBecomePlain(text.slice(0, at), 200), `its first ${at} bytes`)
      }
    })
  }
  for (const text of other) {
    test(`not plain: ${JSON.stringify(text)}`, () => {
      assert.equal(parsePlainHead(text, 200), undefined)
    })
  }

  test('more fields than the limit are not plain', () => {
    const many = Array.from({ length: 200 }, (_, i) => `X-${i}: 1`)
    assert.equal(parsePlainHead(head('GET / HTTP/1.1', ...many), 200), undefined)
  })
})

type Mutation = readonly [at: number, kind: string, byte: number]

function mutated(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce<Buffer>((now, [offset, kind, byte]) => {
    const at = offset % (now.length + 1)
    const inserted = kind === 'remove' ? [] : [byte]
    return Buffer.from([
      ...now.subarray(0, at),
      ...inserted,
      ...now.subarray(kind === 'insert' ? at : at + 1)
    ])
  }, bytes)
}

function withoutExtensions(text: string): string {
  return text.replaceAll(/(\r\n[0-9a-fA-F]+);[^\r\n]*(?=\r\n)/g, '$1')
}
