import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { trustedPeers } from '../../../src/gateway/http/trusted-peers.ts'
import { createPeers } from '../../../src/plugins/proxy/peer.ts'

/** A request as Node makes it, of a connection that knows nobody: a unix socket. */
function requestWith(fields: readonly (readonly [string, string])[], socket: object = {}) {
  const req = new IncomingMessage({ address: () => ({}), ...socket } as Socket)
  // As its parser hands fields over.
  const raw = fields.flat()
  Reflect.get(req, '_addHeaderLines').call(req, raw, raw.length)
  return req
}

const haproxy = (chain: string, ...others: readonly (readonly [string, string])[]) =>
  requestWith([
    ['host', 'a.test'],
    ['x-forwarded-for', chain],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'a.test'],
    ['x-forwarded-port', '8443'],
    ...others
  ])

describe('the peer of a request behind HAProxy', () => {
  test('a stranger: what HAProxy says of it, and none of its fields is left', () => {
    const peers = createPeers(trustedPeers(['10.0.0.0/8']))
    const req = haproxy('192.0.2.1', ['x-real', '1'])
    assert.ok(peers.unwrap(req))
    assert.deepEqual(peers.of(req), {
      address: '192.0.2.1',
      trusted: false,
      proto: 'https',
      port: 8443,
      behindHaproxy: true
    })
    assert.deepEqual(req.rawHeaders, ['host', 'a.test', 'x-real', '1'])
    assert.deepEqual({ ...req.headers }, { host: 'a.test', 'x-real': '1' })
    assert.deepEqual({ ...req.headersDistinct }, { host: ['a.test'], 'x-real': ['1'] })
  })

  test('a trusted proxy: its own chain is left, with what it said', () => {
    const peers = createPeers(trustedPeers(['10.0.0.0/8']))
    const req = haproxy('203.0.113.9, 192.0.2.1, 10.0.0.7')
    assert.ok(peers.unwrap(req))
    const { address, trusted } = peers.of(req)
    assert.deepEqual({ address, trusted }, { address: '10.0.0.7', trusted: true })
    assert.equal(req.headers['x-forwarded-for'], '203.0.113.9, 192.0.2.1')
    assert.equal(req.headers['x-forwarded-proto'], 'https')
    assert.deepEqual(req.rawHeaders.slice(2, 4), ['x-forwarded-for', '203.0.113.9, 192.0.2.1'])
  })

  for (const [name, chain, left] of [
    ['without a chain of its own', ['10.0.0.7'], undefined],
    ['with an empty one', [', 10.0.0.7'], ''],
    ['with several fields', ['192.0.2.1, x', 'y', '10.0.0.7'], '192.0.2.1, x, y'],
    ['IPv6', ['192.0.2.1, fd00::7'], '192.0.2.1'],
    ['IPv4 in IPv6', ['192.0.2.1, ::ffff:10.0.0.7'], '192.0.2.1']
  ] as const) {
    test(`a trusted proxy ${name}`, () => {
      const peers = createPeers(trustedPeers(['10.0.0.0/8', 'fd00::/8']))
      const req = requestWith(chain.map((value) => ['X-Forwarded-For', value]))
      assert.ok(peers.unwrap(req))
      assert.equal(peers.of(req).trusted, true)
      assert.equal(req.headers['x-forwarded-for'], left)
      assert.equal(req.headersDistinct['x-forwarded-for']?.join(', '), left)
    })
  }

  for (const [name, fields] of [
    ['no chain', []],
    ['an empty chain', [['x-forwarded-for', '']]],
    ['a word', [['x-forwarded-for', 'unknown']]],
    ['a word at its end', [['x-forwarded-for', '192.0.2.1, unix:']]],
    ['a comma at its end', [['x-forwarded-for', '192.0.2.1,']]]
  ] as const) {
    test(`${name} is not from HAProxy, and is nobody whom anyone trusts`, () => {
      const peers = createPeers(trustedPeers(['0.0.0.0/0', '::/0']))
      const req = requestWith(fields)
      assert.equal(peers.unwrap(req), false)
      const { address, trusted } = peers.of(req)
      assert.deepEqual({ address, trusted }, { address: '', trusted: false })
    })
  }

  test('any chain that a client sends is behind the address HAProxy appends', () => {
    const peers = createPeers(trustedPeers([]))
    fc.assert(
      fc.property(fc.string(), fc.ipV4(), (chain, address) => {
        const req = requestWith([['x-forwarded-for', `${chain}, ${address}`]])
        assert.ok(peers.unwrap(req))
        assert.equal(peers.of(req).address, address)
        assert.deepEqual(req.rawHeaders, [])
      })
    )
  })
})

test('the peer of a request at a port is what its connection says', () => {
  const peers = createPeers(trustedPeers(['10.0.0.7']))
  const socket = { remoteAddress: '10.0.0.7', address: () => ({ port: 80 }) }
  const req = requestWith([['x-forwarded-for', '192.0.2.1']], socket)
  const expected = {
    address: '10.0.0.7',
    trusted: true,
    proto: 'http',
    port: 80,
    behindHaproxy: false
  }
  assert.deepEqual(peers.of(req), expected)
  assert.equal(req.headers['x-forwarded-for'], '192.0.2.1')
})
