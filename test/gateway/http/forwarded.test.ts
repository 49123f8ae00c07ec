import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ForwardFacts, forwardedRequestHeaders } from '../../../src/gateway/http/forwarded.ts'

interface Case {
  readonly name: string
  readonly raw: readonly string[]
  readonly facts?: Partial<ForwardFacts>
  readonly expect: readonly string[]
}

const HOST = ['Host', 'myapp.local']
const managed = (chain = '192.0.2.7', proto = 'http', host = 'myapp.local', port = '80') => [
  'X-Forwarded-For',
  chain,
  'X-Forwarded-Proto',
  proto,
  'X-Forwarded-Host',
  host,
  'X-Forwarded-Port',
  port
]
const SPOOFED = [
  'X-Forwarded-For',
  '10.0.0.1',
  'x-forwarded-proto',
  'https',
  'X-FORWARDED-HOST',
  'evil',
  'X-Forwarded-Port',
  '1',
  'X-Forwarded-Prefix',
  '/admin',
  'Forwarded',
  'for=10.0.0.1',
  'X-Real-IP',
  '10.0.0.1',
  'X-Forwarded',
  'x'
]

const cases: readonly Case[] = [
  {
    name: 'plain fields pass, managed ones are added',
    raw: ['Accept', '*/*', 'host', 'x', 'accept', 'y'],
    expect: [...HOST, 'Accept', '*/*', 'accept', 'y', ...managed()]
  },
  {
    name: 'what a stranger says of itself is dropped',
    raw: [...SPOOFED, 'a', '1'],
    expect: [...HOST, 'a', '1', ...managed()]
  },
  {
    name: 'what a trusted proxy says is kept and the chain goes on',
    facts: { trusted: true },
    raw: SPOOFED,
    expect: [
      ...HOST,
      'X-Forwarded-Prefix',
      '/admin',
      'Forwarded',
      'for=10.0.0.1',
      'X-Real-IP',
      '10.0.0.1',
      'X-Forwarded',
      'x',
      ...managed('10.0.0.1, 192.0.2.7', 'https', 'evil', '1')
    ]
  },
  {
    name: 'several chain fields become one',
    facts: { trusted: true },
    raw: ['X-Forwarded-For', 'a, b', 'x-forwarded-for', 'c'],
    expect: [...HOST, ...managed('a, b, c, 192.0.2.7')]
  },
  {
    name: 'Connection can not remove managed fields, Host or Content-Type',
    facts: { trusted: true },
    raw: [
      'Connection',
      'X-Forwarded-For, Host, Content-Type, X-Priv',
      'X-Forwarded-For',
      'a',
      'Content-Type',
      't',
      'X-Priv',
      'p'
    ],
    expect: [...HOST, 'Content-Type', 't', ...managed('a, 192.0.2.7')]
  },
  {
    name: 'hop-by-hop fields and framing go',
    raw: [
      'Connection',
      'keep-alive',
      'Keep-Alive',
      '5',
      'Transfer-Encoding',
      'chunked',
      'Content-Length',
      '3',
      'Upgrade',
      'h2c',
      'HTTP2-Settings',
      'x',
      'Proxy-Authorization',
      'x',
      'Proxy-Connection',
      'x',
      'TE',
      'gzip'
    ],
    expect: [...HOST, ...managed()]
  },
  {
    name: 'Proxy goes, from trusted ones too (httpoxy)',
    facts: { trusted: true },
    raw: ['Proxy', 'http://evil'],
    expect: [...HOST, ...managed()]
  },
  {
    name: 'what begins with X-Forwarded- goes, whatever its length; what only looks like it stays',
    raw: [
      ...Array.from({ length: 12 }, (_, n) => [`X-Forwarded-${'a'.repeat(n)}`, 'evil']).flat(),
      ...['X-Forwarded', 'evil', 'X_Forwarded_By', 'evil', 'X-ForwardedBy', 'kept']
    ],
    expect: [...HOST, 'X-ForwardedBy', 'kept', ...managed()]
  },
  {
    name: 'twins with underscores go, from trusted ones too',
    facts: { trusted: true },
    raw: [
      'X_Forwarded_For',
      'a',
      'x-forwarded_host',
      'b',
      'X_Real_IP',
      'c',
      'Content_Length',
      '5',
      'Transfer_Encoding',
      'chunked',
      'my_field',
      'kept'
    ],
    expect: [...HOST, 'my_field', 'kept', ...managed()]
  },
  {
    name: 'TE: trailers passes, other codings do not',
    raw: ['te', 'gzip;q=1, Trailers'],
    expect: [...HOST, 'te', 'trailers', ...managed()]
  },
  {
    name: 'Trailer passes as far as it is true',
    facts: { trailers: true },
    raw: ['Trailer', 'X-Sum, Authorization, X_Forwarded_For'],
    expect: [...HOST, 'Trailer', 'X-Sum', ...managed()]
  },
  {
    name: 'Trailer without trailers goes',
    raw: ['Trailer', 'X-Sum'],
    expect: [...HOST, ...managed()]
  },
  {
    name: 'no Host becomes an empty one',
    facts: { host: undefined },
    raw: [],
    expect: ['Host', '', ...managed().filter((_, i) => i !== 4 && i !== 5)]
  },
  {
    name: 'an IPv4 peer of a dual-stack socket is plain',
    facts: { peer: '::ffff:192.0.2.7' },
    raw: [],
    expect: [...HOST, ...managed()]
  },
  {
    name: 'an IPv6 peer',
    facts: { peer: '2001:db8::1', proto: 'https', port: 443 },
    raw: [],
    expect: [...HOST, ...managed('2001:db8::1', 'https', undefined, '443')]
  }
]

for (const c of cases) {
  test(`headers of a request: ${c.name}`, () => {
    const facts: ForwardFacts = {
      peer: '192.0.2.7',
      trusted: false,
      proto: 'http',
      host: 'myapp.local',
      port: 80,
      trailers: false,
      ...c.facts
    }
    assert.deepEqual(forwardedRequestHeaders(c.raw, facts), c.expect)
  })
}
