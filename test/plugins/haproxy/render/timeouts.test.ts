import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { defaultRenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { startEchoTasks } from '../../../support/echo-tasks.ts'
import { type RawClient, rawClient } from '../../../support/raw-client.ts'
import { startRawTask } from '../../../support/raw-task.ts'
import { haproxyIsBefore, noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import {
  renderingOf,
  routeTo,
  sectionOf,
  serviceOf,
  tableOf
} from '../../../support/rendered-tables.ts'
import { servicePorts } from '../../../support/service-port-stage.ts'

const real = { skip: noHaproxy, timeout: 240_000 }
const { timeouts } = defaultRenderOptions
const UPGRADE = [
  ...['GET / HTTP/1.1', 'Host: a.test', 'Connection: Upgrade', 'Upgrade: websocket'],
  ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '']
].join('\r\n')
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'

test('a connection waits as long for its next request as at the gateway', real, async (t) => {
  const ports = await startEchoTasks(t, ['a'])
  const table = tableOf([serviceOf('/a', [...ports.values()])], [routeTo(['/a'], {})])
  const { port } = await startRendered(t, table, {
    timeouts: { ...timeouts, idleMs: 300, keepAliveMs: 2_000 }
  })
  const client = rawClient(t, port)
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  assert.equal((await client.answer()).status, 200)
  const from = performance.now()
  await client.closed
  const waited = performance.now() - from
  assert.ok(waited > 1_000, `${waited} ms`)
})

test(
  'a connection on which nothing comes is closed without a word, as at the gateway',
  real,
  async (t) => {
    const { port } = await startRendered(t, tableOf([], []), {
      timeouts: { ...timeouts, headMs: 300 }
    })
    const [silent, late] = [rawClient(t, port), rawClient(t, port)]
    late.send('GET / HT')
    assert.equal((await late.answer()).status, 408)
    await silent.closed
    assert.equal(silent.received(), '')
  }
)

test('the limit for clients that say nothing is no shorter than that between requests', () => {
  const linesFor = (part: Partial<typeof timeouts>, fallback?: string) => {
    const options = { timeouts: { ...timeouts, ...part }, ...(fallback && { fallback }) }
    const lines = sectionOf(renderingOf(tableOf([], []), options), 'defaults gateway.http') ?? []
    return lines.filter((line) => /^timeout (client|http-keep-alive) /.test(line))
  }
  const said = (clientMs: number, keepAliveMs: number) => [
    `timeout client ${clientMs}ms`,
    `timeout http-keep-alive ${keepAliveMs}ms`
  ]
  assert.deepEqual(linesFor({}), said(65_000, 65_000))
  assert.deepEqual(linesFor({ idleMs: 90_000 }), said(90_000, 65_000))
  assert.deepEqual(linesFor({ idleMs: 90_000 }, '/run/gateway.sock'), said(91_000, 65_000))
})

/** Both ends of a tunnel through a real HAProxy whose peers may be silent for an hour, or as long as said. */
async function openTunnel(
  t: TestContext,
  kind: 'websocket' | 'tcp',
  tunnelMs = 3_600_000
): Promise<[RawClient, Socket]> {
  const task = await startRawTask()
  t.after(() => task.close())
  const [servicePort = 0] = await servicePorts(1)
  const service = serviceOf('/a', [task.endpoint.port], { servicePort })
  const { port } = await startRendered(t, tableOf([service], [routeTo(['/a'], {})]), {
    timeouts: { ...timeouts, idleMs: 500, tunnelMs },
    servicePorts: { host: '127.0.0.1' }
  })
  const client = rawClient(t, kind === 'tcp' ? servicePort : port)
  client.send(kind === 'tcp' ? 'hello' : UPGRADE)
  const connection = await task.connection(0)
  if (kind === 'websocket') {
    await connection.until('\r\n\r\n')
    connection.socket.write(SWITCHED)
    await client.until('\r\n\r\n')
  } else await connection.until('hello')
  // What the other side would have to say is never said.
  connection.socket.on('error', () => undefined).resume()
  return [client, connection.socket]
}

for (const kind of ['websocket', 'tcp'] as const) {
  test(`${kind}: a client that has said its last does not keep a silent task`, real, async (t) => {
    // Since 2.8 the task of an upgraded connection hears of it at once, and has the time of a tunnel.
    const isNewer = kind === 'websocket' && noHaproxy === undefined && !haproxyIsBefore('2.8')
    const [client, task] = await openTunnel(t, kind, isNewer ? 1_500 : undefined)
    client.socket.end()
    await endOf(task)
    await client.closed
  })
}

test('tcp: a task that has said its last does not keep a silent client', real, async (t) => {
  const [client, task] = await openTunnel(t, 'tcp')
  task.end()
  await client.closed
  // The client goes on holding its own direction open.
  await endOf(task)
})

async function endOf(socket: Socket): Promise<void> {
  if (!socket.readableEnded && !socket.destroyed) await once(socket, 'end')
}
