import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseHost } from '../../../../src/gateway/model/hosts.ts'
import { resolve } from '../../../../src/gateway/model/resolve.ts'
import { literalKey } from '../../../../src/plugins/haproxy/render/literal-hosts.ts'
import { readAnswer, startEchoTasks } from '../../../support/echo-tasks.ts'
import { noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const keys: readonly (readonly [address: string, key: string])[] = [
  ['2001:db8::1', '2001:db8::1'],
  ['::ffff:10.0.0.7', '::ffff:10-0-0-7'],
  ['::10.0.0.7', '::10-0-0-7'],
  ['::ffff:0:0', '::ffff:0-0-0-0'],
  ['::ffff:1', '::255-255-0-1'],
  ['::1:0', '::0-1-0-0'],
  ['::1', '::1'],
  ['::', '::'],
  ['::1:0:0', '::1:0:0'],
  ['2002:a00:7::', '2002:a00:7::'],
  ['64:ff9b::a00:7', '64:ff9b::a00:7']
]

test('literalKey: as HAProxy writes addresses', () => {
  for (const [address, key] of keys) {
    assert.equal(literalKey(normaliseHost(`[${address}]`) ?? ''), key)
  }
  assert.equal(literalKey('10.0.0.7'), '10.0.0.7')
})

/** Groups from few words, so that there are runs of zeros of every length and place. */
function addressAt(number: number): string {
  const words = ['0', '0', 'ffff', 'a00']
  return Array.from({ length: 8 }, (_, at) => words[(number >> (2 * at)) & 3]).join(':')
}

test('every IPv6 literal finds its own route and no other, however it is written', {
  skip: noHaproxy
}, async (t) => {
  const literals = [
    ...keys.map(([address]) => address),
    ...Array.from({ length: 120 }, (_, at) => addressAt(at * 546 + 3))
  ]
  const hosts = new Set(literals.map((address) => normaliseHost(`[${address}]`) ?? ''))
  const names = [...hosts, '10.0.0.7', '0.0.0.1', '*.0.0.7']
  const ports = await startEchoTasks(t, ['/one'])
  const services = [serviceOf('/one', [ports.get('/one') ?? 0])]
  // One task does for all: each host has a path that no other has.
  const routes = names.map((host, at) => {
    const path = `/r${at}`
    return routeTo(['/one'], { host, path }, { strip: true })
  })
  const table = tableOf(services, routes)
  const { send } = await startRendered(t, table)
  const asked = [...literals, '::ffff:a00:8', '::a00:8', '::ffff:10.0.0.8', '::2', '2002:a00:7::2']
  for (const address of asked) {
    for (const host of [`[${address}]`, `[${address.toUpperCase()}]:80`]) {
      // Its own route, and those that an IPv4 address in it could be taken for: only the first may answer.
      for (const name of [normaliseHost(host) ?? '', '10.0.0.7', '0.0.0.1', '*.0.0.7']) {
        const at = names.indexOf(name)
        const target = `/r${Math.max(at, 0)}/x`
        const found = resolve(table, { host, target, method: 'GET', header: () => undefined })
        const raw = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
        const { seen, code } = readAnswer(await send(raw))
        assert.equal(
          seen?.target ?? code,
          found.kind === 'route' ? '/x' : 'GW_NO_ROUTE',
          `${host} ${target}`
        )
        const fields = seen?.headers.filter((name) => name.startsWith('x-gateway')) ?? []
        assert.deepEqual(fields, [])
      }
    }
  }
})

test('what is no IPv6 address in brackets is refused, with a field of that name or without', {
  skip: noHaproxy
}, async (t) => {
  const table = tableOf([serviceOf('/a', [1])], [routeTo(['/a'], { host: '10.0.0.7' })])
  const { send } = await startRendered(t, table)
  for (const host of ['[1:::2]', '[1:2]', '[::1.2.3]', '[:]', '[::ffff:1.2.3.4.5]']) {
    for (const more of ['', 'x-gateway-literal: ::1\r\n']) {
      const raw = `GET / HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`
      assert.equal(readAnswer(await send(raw)).code, 'GW_BAD_HOST', `${host} ${more}`)
    }
  }
})
