import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientKey } from '../../../src/plugins/proxy/client-shares.ts'

for (const [address, key] of [
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['2001:db8::1:2:3:4:6', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0']
] as const) {
  test(`${address} is counted as ${key}`, () => {
    assert.equal(clientKey(address), key)
  })
}
