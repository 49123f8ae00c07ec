import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseBasic } from '../../../src/gateway/http/auth/basic-auth.ts'
import { clientAddress, networkMatcher } from '../../../src/gateway/http/client-address.ts'
import { trustedPeers } from '../../../src/gateway/http/trusted-peers.ts'

const trusted = trustedPeers(['10.0.0.0/8', '::1'])

test('clientAddress: an address or nothing, whatever the header holds', () => {
  const hop = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.constant('10.0.0.9'))
  const chain = fc.array(hop).map((hops) => hops.join(','))
  fc.assert(
    fc.property(chain, (text) => {
      const address = clientAddress('10.0.0.1', text, trusted)
      assert.ok(address === undefined || isIP(address) !== 0)
    })
  )
})

test('clientAddress: a peer that is not trusted is the client', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(clientAddress('192.0.2.1', text, trusted), '192.0.2.1')
    })
  )
})

test('clientAddress: of trusted hops alone the farthest counts', () => {
  assert.equal(clientAddress('::1', '10.0.0.3, 10.0.0.2', trusted), '10.0.0.3')
  assert.equal(clientAddress('::ffff:10.0.0.2', undefined, trusted), '10.0.0.2')
})

test('networkMatcher: borders, both families, and the widest networks', () => {
  const matches = networkMatcher(['192.0.2.128/25', '2001:db8::/33'])
  assert.deepEqual(
    [
      '192.0.2.127',
      '192.0.2.128',
      '2001:db8:7fff::1',
      '2001:db8:8000::1',
      '::ffff:192.0.2.200',
      ''
    ].map(matches),
    [false, true, true, false, true, false]
  )
  assert.equal(networkMatcher(['0.0.0.0/0'])('203.0.113.9'), true)
  assert.equal(networkMatcher(['0.0.0.0/0'])('2001:db8::1'), false)
  assert.equal(networkMatcher(['::/0'])('2001:db8::1'), true)
  assert.equal(networkMatcher(['::/0'])('203.0.113.9'), false)
})

test('parseBasic: what was encoded, colons of the password included; nothing for the rest', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), fc.string({ maxLength: 50 }), (user, password) => {
      const name = user.replaceAll(':', '')
      const text = Buffer.from(`${name}:${password}`).toString('base64')
      const parsed = parseBasic(`Basic ${text}`)
      assert.equal(parsed?.name, name)
      assert.equal(parsed?.password.toString(), password)
    })
  )
  fc.assert(fc.property(fc.string(), (text) => void parseBasic(text)))
})
