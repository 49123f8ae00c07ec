import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { freePort } from '../../../../bench/free-ports.ts'
import { readAnswer, startEchoTasks } from '../../../support/echo-tasks.ts'
import { noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import { endpointAt, routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const skip = noHaproxy

function request(
  target: string,
  fields: readonly string[],
  start = `GET ${target} HTTP/1.1`
): string {
  return [start, 'Host: App.test:8080', ...fields, 'Connection: close', '', ''].join('\r\n')
}

function valuesOf(headers: readonly string[] | undefined, name: string): string[] {
  return (headers ?? []).filter((_, at, all) => at % 2 === 1 && all[at - 1] === name)
}

test('a task sees managed headers of the gateway alone', { skip }, async (t) => {
  const ports = await startEchoTasks(t, ['a'])
  const table = tableOf(
    [serviceOf('/a', [...ports.values()])],
    [routeTo(['/a'], { host: 'app.test' })]
  )
  const { port, send } = await startRendered(t, table)
  const spoofed = [
    'X-Forwarded-For: 6.6.6.6',
    'X_Forwarded_For: 6.6.6.6',
    'X-Forwarded_Host: evil',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Anything: evil',
    'X-Forwarded-By: evil',
    'Connection: X-Forwarded-For, X-Forwarded-Host, Host',
    'Forwarded: for=6.6.6.6',
    'X-Real-IP: 6.6.6.6',
    'X_Real-IP: 6.6.6.6',
    'Proxy: http://evil',
    'Transfer_Encoding: chunked',
    'Content_Length: 5',
    'Keep-Alive: 5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eDp5',
    'HTTP2-Settings: x',
    'Upgrade: h2c',
    'TE: trailers, gzip',
    'Trailer: X-Sum',
    'X-Own_Field: stays'
  ]
  const { seen } = readAnswer(await send(request('/x?a=%2e%2e/', spoofed)))
  assert.equal(seen?.target, '/x?a=%2e%2e/')
  const fields = new Map<string, string>()
  for (let at = 0; at < seen.headers.length; at += 2) {
    fields.set(seen.headers[at] ?? '', seen.headers[at + 1] ?? '')
  }
  fields.delete('connection')
  assert.deepEqual(Object.fromEntries(fields), {
    host: 'App.test:8080',
    te: 'trailers',
    'x-own_field': 'stays',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'App.test:8080',
    'x-forwarded-port': `${port}`
  })
})

test('a trusted proxy is believed, and its chain goes on', { skip }, async (t) => {
  const ports = await startEchoTasks(t, ['a'])
  const table = tableOf([serviceOf('/a', [...ports.values()])], [routeTo(['/a'], {})])
  const { send } = await startRendered(t, table, { trustedProxies: ['10.0.0.0/8', '127.0.0.0/8'] })
  const told = [
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: front.test'
  ]
  const more = ['X-Forwarded-Port: 443', 'X-Real-IP: 1.2.3.4', 'X_Forwarded_For: 6.6.6.6']
  const { seen } = readAnswer(await send(request('/', [...told, ...more])))
  const values = (name: string) => valuesOf(seen?.headers, name)
  assert.deepEqual(values('x-forwarded-for'), ['1.2.3.4, 127.0.0.1'])
  assert.deepEqual(values('x-forwarded-proto'), ['https'])
  assert.deepEqual(values('x-forwarded-host'), ['front.test'])
  assert.deepEqual(values('x-forwarded-port'), ['443'])
  assert.deepEqual(values('x-real-ip'), ['1.2.3.4'])
  assert.deepEqual(values('x_forwarded_for'), [])
})

test('the sticky cookie leads to its task, and is set when it did not', { skip }, async (t) => {
  const ports = await startEchoTasks(t, ['one', 'two', 'three'])
  const cookies = { one: '00000000000000a1', two: '00000000000000a2', three: '00000000000000a3' }
  const endpoints = Object.entries(cookies).map(([task, cookie]) =>
    endpointAt(ports.get(task) ?? 0, { cookie, lastResort: task === 'three' })
  )
  const service = { ...serviceOf('/a', []), endpoints, sticky: 'gateway-sticky' }
  const { send } = await startRendered(t, tableOf([service], [routeTo(['/a'], {})]))
  const ask = async (cookie: string) =>
    readAnswer(await send(request('/', [`Cookie: x=1; ${cookie}`])))
  const setCookie = /^set-cookie: gateway-sticky=([0-9a-f]{16}); Path=\/; HttpOnly; SameSite=Lax$/im
  for (const task of ['one', 'two'] as const) {
    for (let again = 0; again < 3; again += 1) {
      const { seen, head } = await ask(`gateway-sticky=${cookies[task]}`)
      assert.equal(seen?.task, task)
      assert.doesNotMatch(head, /set-cookie/i)
    }
  }
  for (const other of [
    'y=2',
    'gateway-sticky=ffffffffffffffff',
    `gateway-sticky=${cookies.three}`,
    'gateway-sticky=r-00000000000000a3'
  ]) {
    const { seen, head } = await ask(other)
    assert.notEqual(seen?.task, 'three')
    assert.equal(setCookie.exec(head)?.[1], cookies[seen?.task as 'one' | 'two'])
  }
})

test('a service has its share whatever the number of its endpoints', { skip }, async (t) => {
  const ports = await startEchoTasks(t, ['a1', 'b1', 'b2', 'b3'])
  const at = (...tasks: string[]) => tasks.map((task) => ports.get(task) ?? 0)
  const services = [
    serviceOf('/a', at('a1')),
    serviceOf('/b', at('b1', 'b2', 'b3')),
    serviceOf('/c', at('a1'))
  ]
  const shares = [
    { service: 'marathon:/a:0', weight: 3 },
    { service: 'marathon:/b:0', weight: 1 },
    { service: 'marathon:/c:0', weight: 0 }
  ]
  const { send } = await startRendered(
    t,
    tableOf(services, [routeTo(['/a'], {}, { services: shares })])
  )
  const seen = { a: 0, b: 0 }
  for (let count = 0; count < 120; count += 1) {
    const task = readAnswer(await send(request('/', []))).seen?.task ?? ''
    seen[task.startsWith('a') ? 'a' : 'b'] += 1
  }
  assert.deepEqual(seen, { a: 90, b: 30 })
})

test('a task that refuses is passed over; when all refuse it is 502', { skip }, async (t) => {
  const ports = await startEchoTasks(t, ['good'])
  const dead = await freePort()
  const services = [
    serviceOf('/half', [dead, ...ports.values()]),
    serviceOf('/dead', [dead]),
    {
      ...serviceOf('/resort', []),
      endpoints: [endpointAt(ports.get('good') ?? 0, { lastResort: true })]
    }
  ]
  const routes = services.map(({ origin: { app = '' } }) => routeTo([app], { path: app }))
  const { send } = await startRendered(t, tableOf(services, routes))
  for (let count = 0; count < 4; count += 1) {
    assert.equal(
      readAnswer(await send(request('/half', [], 'POST /half HTTP/1.1'))).seen?.task,
      'good'
    )
  }
  const { status, code } = readAnswer(await send(request('/dead', [])))
  assert.deepEqual({ status, code }, { status: 502, code: 'GW_UPSTREAM_REFUSED' })
  assert.equal(readAnswer(await send(request('/resort', []))).seen?.task, 'good')
})

test('a websocket handshake passes as such, unless the route says none', { skip }, async (t) => {
  const ports = await startEchoTasks(t, ['a'])
  const services = [serviceOf('/a', [...ports.values()])]
  const routes = [
    routeTo(['/a'], { path: '/ws' }),
    routeTo(['/a'], { path: '/no' }, { upgrade: 'none' })
  ]
  const { send } = await startRendered(t, tableOf(services, routes))
  // The task answers 200 and closes, as any server may; HAProxy wants a key of the right length.
  const handshake = (path: string) =>
    [
      `GET ${path} HTTP/1.1`,
      'Host: a',
      'Connection: Upgrade, close',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      ''
    ].join('\r\n')
  const seenAt = async (path: string) => readAnswer(await send(handshake(path))).seen?.headers
  assert.deepEqual(valuesOf(await seenAt('/ws'), 'upgrade'), ['websocket'])
  const plain = await seenAt('/no')
  assert.deepEqual(valuesOf(plain, 'upgrade'), [])
  assert.doesNotMatch(valuesOf(plain, 'connection').join(), /upgrade/i)
})

test('a listener of all addresses names IPv4 peers plainly, also as trusted ones', {
  skip: noHaproxy ?? noIpv6()
}, async (t) => {
  const ports = await startEchoTasks(t, ['a'])
  const table = tableOf([serviceOf('/a', [...ports.values()])], [routeTo(['/a'], {})])
  for (const trustedProxies of [[], ['127.0.0.1']]) {
    const { send } = await startRendered(t, table, { host: '', trustedProxies })
    const { seen } = readAnswer(await send(request('/', ['X-Forwarded-For: 1.2.3.4'])))
    const chain = trustedProxies.length === 0 ? '127.0.0.1' : '1.2.3.4, 127.0.0.1'
    assert.deepEqual(valuesOf(seen?.headers, 'x-forwarded-for'), [chain])
  }
})

function noIpv6(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? [])
  return all.some(({ family }) => family === 'IPv6') ? undefined : 'this machine has no IPv6'
}
