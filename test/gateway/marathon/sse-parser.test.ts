import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createSseParser, type StreamEvent } from '../../../src/gateway/marathon/sse-parser.ts'

const STREAM =
  'event: a\r\ndata: {"x":1}\r\n\r\n' +
  '\r\n' +
  ': comment\r\nid: 7\r\nevent:b\r\ndata:1\r\ndata: 2\r\n\r\n' +
  '\r\n\r\n' +
  'event: c\r\ndata: {"y":1}\r\n{"y":2}\r\n\r\n'

const EVENTS = [
  { name: 'a', data: '{"x":1}', truncated: false },
  { name: 'b', data: '1\n2', truncated: false },
  { name: 'c', data: '{"y":1}\n{"y":2}', truncated: false }
]

const lineEnds = [
  { name: 'CRLF', text: STREAM },
  { name: 'LF', text: STREAM.replaceAll('\r\n', '\n') },
  { name: 'CR', text: STREAM.replaceAll('\r\n', '\r') }
]

for (const { name, text } of lineEnds) {
  test(`a stream with ${name} parses the same wherever it is cut in two`, () => {
    for (let at = 0; at <= text.length; at++) {
      assert.deepEqual(parse([text.slice(0, at), text.slice(at)]), EVENTS, `cut at ${at}`)
    }
  })

  test(`a stream with ${name} parses the same character by character`, () => {
    assert.deepEqual(parse([...text]), EVENTS)
  })
}

test('heartbeats are no events, in one piece or in two', () => {
  assert.deepEqual(parse(['\r\n', '\r', '\n', '\r', '\n\r\n']), [])
})

test('an event that is not ended is not told', () => {
  assert.deepEqual(parse(['event: a\r\ndata: 1\r\n']), [])
})

test('a long event is cut off and says so; the next one is whole', () => {
  const events = parse([`event: a\ndata: ${'x'.repeat(500)}\n`, '\n', 'data: 1\n\n'], 100)
  assert.equal(events.length, 2)
  assert.equal(events[0]?.name, 'a')
  assert.equal(events[0]?.truncated, true)
  assert.ok((events[0]?.data.length ?? 0) <= 100)
  assert.deepEqual(events[1], { name: '', data: '1', truncated: false })
})

test('any text in any pieces never throws and never depends on the pieces', () => {
  const text = fc.string({ unit: fc.constantFrom('\r', '\n', 'data:', 'event: ', '{', 'x', ' ') })
  fc.assert(
    fc.property(fc.array(text), (pieces) => {
      assert.deepEqual(parse(pieces), parse([pieces.join('')]))
    }),
    { numRuns: 1000 }
  )
})

function parse(pieces: readonly string[], maxEventLength?: number): StreamEvent[] {
  const events: StreamEvent[] = []
  const push = createSseParser((event) => void events.push(event), maxEventLength)
  for (const piece of pieces) push(piece)
  return events
}
