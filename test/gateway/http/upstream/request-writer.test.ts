import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamRequest } from '../../../../src/gateway/http/upstream/exchange.ts'
import { requestHead } from '../../../../src/gateway/http/upstream/request-writer.ts'
import { endpointAt } from '../../../support/raw-task.ts'
import { request } from '../../../support/recording-handler.ts'

interface Case {
  readonly name: string
  readonly request: Partial<UpstreamRequest>
  readonly host?: string
  readonly expect: string | undefined
}

const H = 'Host: myapp.local\r\n'
const cases: readonly Case[] = [
  { name: 'no body, no framing', request: {}, expect: `GET / HTTP/1.1\r\n${H}\r\n` },
  {
    name: 'a length',
    request: { method: 'POST', body: 5 },
    expect: `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\n`
  },
  {
    name: 'an empty body',
    request: { method: 'POST', body: 0 },
    expect: `POST / HTTP/1.1\r\n${H}Content-Length: 0\r\n\r\n`
  },
  {
    name: 'chunked',
    request: { body: 'chunked' },
    expect: `GET / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n`
  },
  {
    name: 'an upgrade',
    request: { upgrade: true },
    expect: `GET / HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
  },
  {
    name: 'the target byte for byte',
    request: { target: '//a/%2F/../%zz?b=c|\xff' },
    expect: `GET //a/%2F/../%zz?b=c|\xff HTTP/1.1\r\n${H}\r\n`
  },
  {
    name: 'the own Host of the endpoint',
    request: { ownHost: true, headers: ['a', 'b', 'HOST', 'x'] },
    expect: 'GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\na: b\r\n\r\n'
  },
  {
    name: 'the own Host of an IPv6 endpoint',
    host: '::1',
    request: { ownHost: true, headers: [] },
    expect: 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n'
  },
  { name: 'a line break in a value', request: { headers: ['a', 'b\r\nc: d'] }, expect: undefined },
  {
    name: 'a character that would be cut to a line feed',
    request: { headers: ['a', 'b\u010ac: d'] },
    expect: undefined
  },
  { name: 'NUL in a value', request: { headers: ['a', '\0'] }, expect: undefined },
  { name: 'a line break in a name', request: { headers: ['a\r\nb', 'c'] }, expect: undefined },
  { name: 'an empty name', request: { headers: ['', 'c'] }, expect: undefined },
  { name: 'a line break in the target', request: { target: '/\r\nX: y' }, expect: undefined },
  { name: 'a space in the target', request: { target: '/ HTTP/1.1' }, expect: undefined },
  { name: 'a method that is no token', request: { method: 'GET /' }, expect: undefined },
  { name: 'a second framing', request: { headers: ['content-LENGTH', '5'] }, expect: undefined },
  {
    name: 'another coding',
    request: { headers: ['Transfer-Encoding', 'chunked'] },
    expect: undefined
  },
  { name: 'Connection', request: { headers: ['Connection', 'close'] }, expect: undefined }
]

for (const c of cases) {
  test(`request head: ${c.name}`, () => {
    assert.equal(requestHead(request(c.request), endpointAt(80, c.host)), c.expect)
  })
}
