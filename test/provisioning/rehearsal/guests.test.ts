import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster } from '../../../provisioning/rehearsal/cluster.ts'
import {
  expectedGuests,
  guestsDiffer,
  readmeDiffers
} from '../../../provisioning/rehearsal/static-guests.ts'

const cluster: Cluster = {
  machines: {
    master: { address: '10.1.0.1', role: 'master', autostart: true, needs_masters: 1 },
    master2: { address: '10.1.0.2', role: 'master', autostart: true, needs_masters: 3 },
    slave1: { address: '10.1.0.9', role: 'slave', autostart: false, needs_masters: 1 }
  },
  ports: { gateway: 80 },
  forwarded_ports: { gateway: 8888 }
}

test('expected guests: a machine of a larger cluster does not start with a smaller one', () => {
  const starts = (masters: number) =>
    Object.entries(expectedGuests(cluster, masters))
      .filter(([, guest]) => guest.autostart)
      .map(([name]) => name)
  assert.deepEqual(starts(1), ['master'])
  assert.deepEqual(starts(3), ['master', 'master2'])
})

test('expected guests: ports are forwarded to the first master alone, on the loopback', () => {
  const guests = expectedGuests(cluster, 1)
  const port = { guest: 80, host: 8888, host_ip: '127.0.0.1', auto_correct: false }
  assert.deepEqual(guests['master']?.forwarded, [port])
  assert.deepEqual(guests['slave1']?.forwarded, [])
})

test('guests differ: by what they are, not by the order of what is said about them', () => {
  const expected = expectedGuests(cluster, 1)
  const reordered = Object.fromEntries(
    Object.entries(expected).map(([name, guest]) => [
      name,
      Object.fromEntries(Object.entries(guest).reverse()) as unknown as typeof guest
    ])
  )
  assert.deepEqual(guestsDiffer(reordered, expected), [])
  const { slave1: _, ...without } = expected
  assert.match(guestsDiffer(without, expected).join(), /slave1/)
})

const readme = `
| machine | address | starts |
|---|---|---|
| master | 10.1.0.1 | yes |
| \`master2\` | 10.1.0.2 | no |
| slave1 | 10.1.0.9 | no |

| 127.0.0.1:8888 | the front door |
`

const readmes = [
  { name: 'all as it is', text: readme, differs: /^$/ },
  { name: 'a machine is missing', text: readme.replace('| slave1', '| slave7'), differs: /slave1/ },
  {
    name: 'an address is wrong',
    text: readme.replace('10.1.0.2', '10.1.0.7'),
    differs: /master2.*10\.1\.0\.2/
  },
  { name: 'a port is missing', text: readme.replace('8888', '8889'), differs: /127\.0\.0\.1:8888/ }
]

for (const { name, text, differs } of readmes) {
  test(`the README's tables: ${name}`, () =>
    assert.match(readmeDiffers(text, cluster).join('\n'), differs))
}
