import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FieldMemory } from '../../../../src/plugins/proxy/wire/field-memory.ts'
import { parsePlainHead } from '../../../../src/plugins/proxy/wire/request-head.ts'

const FIELDS = 'Host: a\r\nX-Word: one\r\n'

function parse(memory: FieldMemory, line: string, fields: string) {
  return parsePlainHead(`${line} HTTP/1.1\r\n${fields}`, 100, memory)
}

test('the same fields are read once for all requests of a connection', () => {
  const memory = new FieldMemory()
  const first = parse(memory, 'GET /one', FIELDS)
  const second = parse(memory, 'POST /two', FIELDS)
  assert.equal(second?.method, 'POST')
  assert.equal(second?.target, '/two')
  assert.equal(second?.rawHeaders, first?.rawHeaders)
})

for (const [title, fields] of [
  ['another value', 'Host: a\r\nX-Word: two\r\n'],
  ['another case', 'Host: a\r\nX-word: one\r\n'],
  ['one more', `${FIELDS}X-More: 1\r\n`],
  ['one less', 'X-Word: one\r\n'],
  ['another order', 'X-Word: one\r\nHost: a\r\n'],
  ['the end of them alone', 'ord: one\r\n']
] as const) {
  test(`other fields are read anew: ${title}`, () => {
    const memory = new FieldMemory()
    parse(memory, 'GET /', FIELDS)
    assert.deepEqual(parse(memory, 'GET /', fields), parse(new FieldMemory(), 'GET /', fields))
  })
}

test('fields that are not plain are not, whatever came before', () => {
  const memory = new FieldMemory()
  parse(memory, 'GET /', FIELDS)
  assert.equal(parse(memory, 'GET /', 'Host: a\r\nX Word: one\r\n'), undefined)
  assert.equal(parse(memory, 'GET /', 'Host: a\r\nX Word: one\r\n'), undefined)
  assert.deepEqual(parse(memory, 'GET /', FIELDS)?.rawHeaders, ['Host', 'a', 'X-Word', 'one'])
})

test('what fields became on their way is text the second time', () => {
  const memory = new FieldMemory()
  const first = parse(memory, 'GET /', FIELDS)
  assert.ok(first)
  first.outgoing.headers = ['Host', 'a', 'X-Word', 'ö']
  assert.equal(first.outgoing.lines, undefined)
  assert.equal(parse(memory, 'GET /', FIELDS)?.outgoing.lines, 'Host: a\r\nX-Word: ö\r\n')
})

test('long fields are not kept', () => {
  const memory = new FieldMemory()
  const long = `${FIELDS}Cookie: ${'x'.repeat(3000)}\r\n`
  const first = parse(memory, 'GET /', long)
  assert.notEqual(parse(memory, 'GET /', long)?.rawHeaders, first?.rawHeaders)
})
