import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientAddress, networkMatcher } from '../../../../src/gateway/http/client-address.ts'
import { trustedPeers } from '../../../../src/gateway/http/trusted-peers.ts'
import { wireClient } from '../../../../src/plugins/haproxy/agreement/wire-client.ts'
import { clientRules, MOST_HOPS } from '../../../../src/plugins/haproxy/render/client-rules.ts'
import { defaultRenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { startEchoTasks } from '../../../support/echo-tasks.ts'
import { noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

/** Every list has a host of its own, `n<index>.test`. */
const LISTS: readonly (readonly string[])[] = [
  [],
  ['0.0.0.0/0'],
  ['::/0'],
  ['192.0.2.0/24', '2001:db8::/32'],
  ['192.0.2.9/24', '127.0.0.1'],
  ['::1', '10.0.0.7', 'fd00::7/128'],
  ['2002::/16', '::/96'],
  Array.from({ length: 100 }, (_, at) => `2001:db8:0:${at}::/64`)
]
const HOPS = [
  ...['192.0.2.9', '192.0.3.1', '203.0.113.7', '127.0.0.1', '10.0.0.7', '10.1.2.3', '0.0.0.1'],
  ...['2001:db8::1', '2001:DB8:0:63::1', '2001:db8:0:64::1', '2001:db9::1', 'fd00::7', '::1', '::'],
  ...['::ffff:192.0.2.9', '::FFFF:10.0.0.7', '::ffff:c000:209', '0:0:0:0:0:ffff:192.0.2.9'],
  ...['2002:c000:209::1', '::192.0.2.9', '2002:7f00:1::', '::10.0.0.7', '1:2:3:4:5:6:192.0.2.9']
]
const ODD = [
  ...['', 'unknown', '192.0.2.9:80', '[2001:db8::1]', '192.0.2.009', '192.0.2', '192.0.2.9 x'],
  ...[
    '192.0.2.9/24',
    '_hidden',
    '0x7f.0.0.1',
    '::ffff:192.0.2.9.1',
    '2001:db8::1::',
    '"192.0.2.9"'
  ],
  ...['192.0.2.256', '2001:db8::192.0.2.09', '0300.0.2.9', '192.0.2.9;', '127.1', '::ffff:']
]
const hop = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOPS) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD) }
)
const trustedHop = fc.constantFrom(
  '10.0.0.7',
  '10.1.2.3',
  '127.0.0.1',
  '::ffff:10.9.9.9',
  'fd00::9'
)
const separator = fc.constantFrom(',', ', ', ' ,', '\t,\t')
/** What clients say themselves, and behind it what proxies add. */
const field = fc
  .tuple(fc.array(hop, { maxLength: 3 }), fc.array(trustedHop, { maxLength: 4 }), separator)
  .map(([said, added, between]) => [...said, ...added].join(between))
const requests = fc
  .record({
    list: fc.nat(LISTS.length - 1),
    fields: fc.array(field, { maxLength: 3 })
  })
  .filter(({ fields }) => fields.join(',').split(',').length <= MOST_HOPS)

const TRUSTED = ['10.0.0.0/8', '127.0.0.1', 'fd00::/8']
const LONGEST_RUN_MS = 120_000

for (const trustedProxies of [[], TRUSTED, ['0.0.0.0/0'], ['fd00::/8', '::ffff:0:0/96']]) {
  test(`the client’s address is the gateway’s, trusting ${trustedProxies.join(' ') || 'nobody'}`, {
    skip: noHaproxy,
    timeout: LONGEST_RUN_MS
  }, async (t) => {
    const ports = await startEchoTasks(t, ['a'])
    const routes = LISTS.map((networks, at) =>
      routeTo(['/a'], { host: `n${at}.test` }, { guard: { networks } })
    )
    const table = tableOf([serviceOf('/a', [...ports.values()])], routes)
    const { port } = await startRendered(t, table, { trustedProxies })
    const client = wireClient({ host: '127.0.0.1', port })
    t.after(() => client.close())
    const trusted = trustedPeers(trustedProxies)
    const seed = Number(process.env['SEED'] ?? 7)
    const differences: string[] = []
    const seen = { 200: 0, 403: 0 }
    for (const { list, fields } of fc.sample(requests, { numRuns: 700, seed })) {
      const said = fields.length === 0 ? undefined : fields.join(', ')
      const address = clientAddress('127.0.0.1', said, trusted)
      const enters = address !== undefined && networkMatcher(LISTS[list] ?? [])(address)
      const lines = fields.map((value) => `X-Forwarded-For: ${value}\r\n`).join('')
      const { status } = await client.ask(
        `GET / HTTP/1.1\r\nHost: n${list}.test\r\n${lines}\r\n`,
        'GET'
      )
      const expected = enters ? 200 : 403
      seen[expected] += 1
      if (status !== expected) differences.push(JSON.stringify({ list, fields, address, status }))
    }
    assert.deepEqual(differences, [])
    assert.ok(Math.min(...Object.values(seen)) > 50, JSON.stringify(seen))
  })
}

test('a chain of more trusted proxies than are followed is refused', {
  skip: noHaproxy
}, async (t) => {
  const ports = await startEchoTasks(t, ['a'])
  const guard = { networks: ['0.0.0.0/0', '::/0'] }
  const table = tableOf([serviceOf('/a', [...ports.values()])], [routeTo(['/a'], {}, { guard })])
  const { send } = await startRendered(t, table, { trustedProxies: TRUSTED })
  const statusFor = async (hops: number) => {
    const chain = Array.from({ length: hops }, (_, at) => `10.0.0.${at}`).join(', ')
    const fields = `Host: a\r\nX-Forwarded-For: ${chain}\r\nConnection: close`
    return /^HTTP\/1\.1 (\d+)/.exec(await send(`GET / HTTP/1.1\r\n${fields}\r\n\r\n`))?.[1]
  }
  assert.equal(await statusFor(MOST_HOPS), '200')
  assert.equal(await statusFor(MOST_HOPS + 1), '403')
})

test('a listener that nobody trusts takes the peer alone for the client', () => {
  assert.deepEqual(clientRules(defaultRenderOptions), [
    'http-request set-var(txn.client4) src if { src 0.0.0.0/0 } !{ src 2002::/16 ::/96 }',
    'http-request set-var(txn.client6) src unless { var(txn.client4) -m found }',
    'http-request set-var(txn.secure) bool(true) if { ssl_fc }'
  ])
})
