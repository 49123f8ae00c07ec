import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { createTaskLookup } from '../../../../src/gateway/http/upstream/task-lookup.ts'
import type { EndpointChanges } from '../../../../src/gateway/model/endpoint-changes.ts'
import type { Endpoint } from '../../../../src/gateway/model/route.ts'
import { startBlackHole } from '../../../support/black-hole.ts'
import {
  sayAndClose,
  scriptedTask,
  silent,
  testClient,
  testTask
} from '../../../support/client-fixture.ts'
import { eventually } from '../../../support/eventually.ts'
import { endpointAt, type RawTask } from '../../../support/raw-task.ts'
import { type Recording, record, request } from '../../../support/recording-handler.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
type Client = ReturnType<typeof testClient>

function get(client: Client, task: RawTask, options?: { fresh: boolean }): Recording {
  const told = record()
  client.send(task.endpoint, request(), told, options)
  return told
}

const statsOf = (client: Client) => client.stats().map(({ endpoint: _, ...stats }) => stats)

/** A task whose connections all carry a request that waits for its answer. */
async function busy(client: Client, count: number) {
  const task = await testTask()
  const told = Array.from({ length: count }, () => get(client, task))
  for (let i = 0; i < count; i++) await (await task.connection(i)).until('\r\n\r\n')
  return { task, told }
}

const answer = (task: RawTask, index: number, text = OK) =>
  task.connections[index]?.socket.write(text)

test('pool: the newest idle connection goes first', async () => {
  const client = testClient()
  const { task, told } = await busy(client, 3)
  for (const index of [1, 2, 0]) {
    answer(task, index)
    await told[index]?.over
  }
  for (const { clear } of task.connections) clear()
  get(client, task)
  await task.connections[0]?.until('GET')
  get(client, task)
  await task.connections[2]?.until('GET')
  assert.deepEqual(statsOf(client), [{ connections: 3, idle: 1, inFlight: 2, queued: 0 }])
})

test('pool: `fresh` never takes a kept connection', async () => {
  const client = testClient()
  const task = await scriptedTask(OK)
  await get(client, task).over
  await get(client, task, { fresh: true }).over
  assert.equal(task.connections.length, 2)
})

test('pool: at its bound an idle connection gives way to a fresh one', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1, idleTimeoutMs: 60_000 })
  const task = await scriptedTask(OK)
  await get(client, task).over
  assert.equal(await get(client, task, { fresh: true }).over, 'end')
  assert.deepEqual(statsOf(client), [{ connections: 1, idle: 1, inFlight: 0, queued: 0 }])
})

test('pool: requests beyond the bound wait in order, those beyond the queue fail', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1, maxQueuedPerEndpoint: 2 })
  const { task } = await busy(client, 1)
  const order: number[] = []
  const waiting = [1, 2].map((n) => {
    const told = get(client, task)
    void told.over.then(() => order.push(n))
    return told
  })
  const refused = get(client, task)
  assert.deepEqual(refused.events, [])
  await refused.over
  assert.deepEqual(refused.events, ['failure connect pool-full'])
  assert.deepEqual(statsOf(client), [{ connections: 1, idle: 0, inFlight: 1, queued: 2 }])
  for (const told of waiting) {
    task.connections[0]?.clear()
    answer(task, 0)
    await task.connections[0]?.until('GET')
    if (told === waiting[1]) answer(task, 0)
  }
  await Promise.all(waiting.map(({ over }) => over))
  assert.deepEqual(order, [1, 2])
  assert.equal(task.connections.length, 1)
})

test('pool: a waiting request gets a new connection when the old one is lost', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1 })
  const task = await scriptedTask(sayAndClose(OK.replace('Content-Length: 2\r\n', '')), OK)
  const first = get(client, task)
  const second = get(client, task)
  assert.equal(await first.over, 'end')
  assert.equal(await second.over, 'end')
  assert.equal(task.connections.length, 2)
})

test('pool: waiting has a bound', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1 })
  const { task } = await busy(client, 1)
  const told = record()
  const timeouts = { connectMs: 100, firstByteMs: 30_000, idleMs: 30_000 }
  client.send(task.endpoint, request({ timeouts }), told)
  await told.over
  assert.deepEqual(told.events, ['failure connect pool-full'])
})

test('pool: a body that comes while waiting is sent in full', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1 })
  const { task } = await busy(client, 1)
  const told = record()
  const exchange = client.send(task.endpoint, request({ method: 'POST', body: 10 }), told)
  assert.equal(exchange.write(Buffer.from('hello')), false)
  answer(task, 0)
  await eventually('drain', () => told.drains === 1)
  exchange.write(Buffer.from('world'))
  exchange.end()
  await task.connections[0]?.until('Content-Length: 10\r\n\r\nhelloworld')
  answer(task, 0)
  assert.equal(await told.over, 'end')
})

test('pool: idle connections close after their time', async () => {
  const client = testClient({ idleTimeoutMs: 200 })
  const task = await scriptedTask(OK)
  await get(client, task).over
  await task.connections[0]?.closed
  assert.deepEqual(statsOf(client), [{ connections: 0, idle: 0, inFlight: 0, queued: 0 }])
})

test('pool: idle connections close a second before the task would', async () => {
  const client = testClient({ idleTimeoutMs: 60_000 })
  const task = await scriptedTask(
    OK.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=2, max=9\r\n\r\n')
  )
  await get(client, task).over
  await task.connections[0]?.closed
})

for (const [how, close] of [
  ['FIN', (socket: Socket) => void socket.end()],
  ['RST', (socket: Socket) => void socket.resetAndDestroy()]
] as const) {
  test(`pool: a task that closed an idle connection by ${how} is not given the time to do so again`, async () => {
    const client = testClient({ idleTimeoutMs: 60_000 })
    const task = await scriptedTask(OK)
    await get(client, task).over
    const { socket } = await task.connection(0)
    // A task that stops closes at once; patience is what lasts a second.
    setTimeout(() => close(socket), 1300)
    await eventually('the connection ends', () => client.stats()[0]?.connections === 0)
    await get(client, task).over
    const since = performance.now()
    await (await task.connection(1)).closed
    assert.ok(performance.now() - since < 1200)
  })
}

test('pool: bytes on an idle connection end it', async () => {
  const client = testClient()
  const task = await scriptedTask(OK)
  await get(client, task).over
  task.connections[0]?.socket.write('HTTP/1.1 200 EVIL\r\nContent-Length: 4\r\n\r\nEVIL')
  await task.connections[0]?.closed
  const next = get(client, task)
  await next.over
  assert.equal(next.body, 'ok')
})

test('pool: a connection the task closed while idle is not used', async () => {
  const client = testClient()
  const task = await scriptedTask(OK)
  await get(client, task).over
  task.connections[0]?.socket.end()
  await eventually('no idle connection', () => client.stats()[0]?.idle === 0)
  assert.equal(await get(client, task).over, 'end')
})

test('keep-alive race: a reused connection that dies tells so', async () => {
  for (const [how, reason] of [
    ['end', 'closed'],
    ['resetAndDestroy', 'reset']
  ] as const) {
    const task = await scriptedTask(OK, ({ socket }) => void socket[how]())
    const client = testClient()
    await get(client, task).over
    const told = get(client, task)
    await told.over
    const { phase, reason: said, reused, bytesRead } = told.failure ?? {}
    assert.deepEqual(
      { phase, said, reused, bytesRead },
      { phase: 'head', said: reason, reused: true, bytesRead: 0 }
    )
  }
})

test('connect: refused, unreachable and impossible addresses', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as { port: number }
  closed.close()
  await once(closed, 'close')
  const cases = [
    ['127.0.0.1', port, 'refused'],
    ['no-such-task.invalid', 80, 'unreachable'],
    ['127.0.0.1', 70_000, 'unreachable']
  ] as const
  for (const [host, at, reason] of cases) {
    const told = record()
    testClient().send(endpointAt(at, host), request(), told)
    assert.deepEqual(told.events, [])
    await told.over
    assert.deepEqual(told.events, [`failure connect ${reason}`])
    assert.equal(told.failure?.bytesSent, 0)
  }
})

test('connect: an IPv6 address, with and without brackets, and a name', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.write(OK))).listen(
    0,
    '::'
  )
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = testClient()
  for (const host of ['::1', '[::1]', 'localhost']) {
    const told = record()
    client.send(endpointAt(port, host), request(), told)
    assert.equal(await told.over, 'end', host)
  }
  client.destroy()
  server.close()
})

test('connect: an address that never answers is given up in time', async () => {
  const hole = await startBlackHole()
  const told = record()
  const timeouts = { connectMs: 200, firstByteMs: 30_000, idleMs: 30_000 }
  testClient().send(endpointAt(hole.port), request({ timeouts }), told)
  await told.over
  hole.close()
  assert.deepEqual(told.events, ['failure connect connect-timeout'])
  assert.equal(told.failure?.bytesSent, 0)
})

test('abort: while connecting, queued, sending, waiting, reading and paused', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1 })
  const task = await testTask(({ socket, received }) => {
    if (received().includes('body'))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello')
  })
  const phases = [
    { name: 'connecting', path: '/', reach: async () => undefined },
    {
      name: 'waiting',
      path: '/',
      reach: async (n: number) => void (await (await task.connection(n)).until('GET'))
    },
    { name: 'reading', path: '/body', reach: async (_: number, told: Recording) => told.head }
  ]
  let connection = 0
  for (const { name, path, reach } of phases) {
    const told = record(() => name !== 'reading')
    const exchange = client.send(task.endpoint, request({ target: path }), told)
    const queued = record()
    const waiting = client.send(task.endpoint, request(), queued)
    await reach(connection, told)
    waiting.abort()
    exchange.abort()
    if (name !== 'connecting') await task.connections[connection]?.closed
    await eventually('the connection ends', () => client.stats()[0]?.connections === 0)
    exchange.abort()
    exchange.resume()
    exchange.write(Buffer.from('x'))
    exchange.end()
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(
      told.events.filter((event) => event !== 'head 200'),
      [],
      name
    )
    assert.deepEqual(queued.events, [], name)
    connection = task.connections.length
  }
})

test('abort: from within a call ends the calls', async () => {
  const task = await scriptedTask(
    'HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n'
  )
  const client = testClient()
  for (const [within, expected] of [
    ['onInformational', ['103']],
    ['onHead', ['103', 'head 200']],
    ['onData', ['103', 'head 200']]
  ] as const) {
    const told = record()
    const plain = told[within] as (...values: unknown[]) => unknown
    const exchange = client.send(
      task.endpoint,
      request(),
      Object.assign(told, {
        [within]: (...values: unknown[]) => {
          plain(...values)
          exchange.abort()
          return true
        }
      })
    )
    await eventually('the connection ends', () => client.stats()[0]?.connections === 0)
    assert.deepEqual(told.events, expected)
    assert.equal(told.body, within === 'onData' ? 'a' : '')
  }
})

test('drain: idle connections close at once, requests in flight finish, then the pool is gone', async () => {
  const client = testClient()
  const { task, told } = await busy(client, 2)
  answer(task, 0)
  await told[0]?.over
  client.follow(changes([], []))
  assert.equal(client.stats()[0]?.idle, 1)
  client.follow(changes([task.endpoint], []))
  await task.connections[0]?.closed
  assert.deepEqual(statsOf(client), [{ connections: 1, idle: 0, inFlight: 1, queued: 0 }])
  answer(task, 1)
  assert.equal(await told[1]?.over, 'end')
  await task.connections[1]?.closed
  assert.deepEqual(client.stats(), [])
})

test('drain: an endpoint that comes back keeps its connections', async () => {
  const client = testClient()
  const { task, told } = await busy(client, 1)
  client.follow(changes([task.endpoint], []))
  client.follow(changes([], [{ ...task.endpoint }]))
  answer(task, 0)
  await told[0]?.over
  assert.equal(client.stats()[0]?.idle, 1)
})

test('drain: a request with an older table is still served', async () => {
  const client = testClient()
  const { task } = await busy(client, 1)
  client.follow(changes([task.endpoint], []))
  const late = get(client, task)
  await (await task.connection(1)).until('GET')
  answer(task, 1)
  assert.equal(await late.over, 'end')
  assert.equal(client.stats()[0]?.idle, 0)
})

test('drain: a request with an older table to a task that had none before keeps no connection', async () => {
  const client = testClient()
  const task = await scriptedTask(OK)
  client.follow(changes([task.endpoint], []))
  assert.equal(await get(client, task).over, 'end')
  await eventually('the endpoint is forgotten', () => client.stats().length === 0)
  client.follow(changes([], [task.endpoint]))
  assert.equal(await get(client, task).over, 'end')
  assert.equal(client.stats()[0]?.idle, 1)
})

test('drain: the same id at another address is another pool', async () => {
  const client = testClient()
  const { task: old, told } = await busy(client, 1)
  const moved = await scriptedTask(OK)
  const next = record()
  client.send({ ...moved.endpoint, id: old.endpoint.id }, request(), next)
  assert.equal(await next.over, 'end')
  assert.equal(client.stats().length, 2)
  answer(old, 0)
  assert.equal(await told[0]?.over, 'end')
  assert.equal(client.stats().length, 1)
})

test('close: settles when nothing is in flight, and takes nothing new', async () => {
  const client = testClient()
  const { task, told } = await busy(client, 1)
  let settled = false
  const closing = client.close().then(() => {
    settled = true
  })
  const late = get(client, task)
  await late.over
  assert.deepEqual(late.events, ['failure connect pool-closed'])
  assert.equal(settled, false)
  answer(task, 0)
  assert.equal(await told[0]?.over, 'end')
  await closing
})

test('destroy: what is in flight and what waits fails', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1 })
  const { task, told } = await busy(client, 1)
  const waiting = get(client, task)
  const closed = client.close()
  client.destroy()
  await closed
  assert.deepEqual(told[0]?.events, ['failure head pool-closed'])
  assert.deepEqual(waiting.events, ['failure connect pool-closed'])
})

test('a handler that throws ends its own exchange, nothing else', async () => {
  const task = await scriptedTask(OK)
  const client = testClient()
  const told = record(() => {
    throw new Error('a fault of ours')
  })
  client.send(task.endpoint, request(), told)
  assert.equal(await told.over, 'failure')
  assert.equal(await get(client, task).over, 'end')
})

test('timeouts: an upload that moves is never too slow, one that stalls is', async () => {
  const timeouts = { connectMs: 10_000, firstByteMs: 300, idleMs: 300 }
  const task = await scriptedTask(silent)
  const told = record()
  const exchange = testClient().send(
    task.endpoint,
    request({ method: 'POST', body: 'chunked', timeouts }),
    told
  )
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    exchange.write(Buffer.from('x'))
  }
  assert.deepEqual(told.events, [])
  await told.over
  assert.deepEqual(told.events, ['failure send idle-timeout'])
})

test('timeouts: the first byte is waited for from the last byte of the request on', async () => {
  const timeouts = { connectMs: 10_000, firstByteMs: 200, idleMs: 60_000 }
  const task = await scriptedTask(silent)
  const told = record()
  const exchange = testClient().send(
    task.endpoint,
    request({ method: 'POST', body: 'chunked', timeouts }),
    told
  )
  await new Promise((resolve) => setTimeout(resolve, 600))
  assert.deepEqual(told.events, [])
  exchange.end()
  await told.over
  assert.deepEqual(told.events, ['failure head first-byte-timeout'])
})

test('upgrade: the socket is handed over with the bytes that followed', async () => {
  const task = await scriptedTask((connection) => {
    connection.socket.write(
      'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nfirst'
    )
  })
  const client = testClient()
  await get(client, await scriptedTask(OK)).over
  const told = record()
  client.send(task.endpoint, request({ upgrade: true }), told)
  assert.equal(await told.over, 'upgrade')
  assert.deepEqual(told.headers, [
    'Upgrade',
    'websocket',
    'Connection',
    'Upgrade',
    'Sec-WebSocket-Accept',
    'x'
  ])
  const received = [Buffer.from(told.body)]
  told.socket?.on('data', (chunk) => received.push(chunk))
  task.connections[0]?.socket.write(' second')
  told.socket?.resume()
  await eventually('both pieces', () => Buffer.concat(received).toString() === 'first second')
  told.socket?.write('from the client')
  await task.connections[0]?.until('from the client')
  // The tunnel is not the client's any more: neither a drain nor the end of the client touch it.
  client.follow(changes([task.endpoint], []))
  client.destroy()
  told.socket?.write('still there')
  await task.connections[0]?.until('still there')
  told.socket?.destroy()
})

test('upgrade: one that waited for a connection gets a new one', async () => {
  const client = testClient({ maxConnectionsPerEndpoint: 1 })
  const { task } = await busy(client, 1)
  const told = record()
  client.send(task.endpoint, request({ upgrade: true }), told)
  answer(task, 0)
  await (await task.connection(1)).until('Upgrade: websocket')
  answer(task, 1, 'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  assert.equal(await told.over, 'upgrade')
  const text = new Promise((resolve) => told.socket?.once('data', resolve))
  told.socket?.resume()
  answer(task, 1, 'frame')
  assert.equal(String(await text), 'frame')
  // FIN goes both ways.
  task.connections[1]?.socket.end()
  await task.connections[1]?.closed
})

function changes(left: readonly Endpoint[], joined: readonly Endpoint[]): EndpointChanges {
  return { services: [], left: () => left, joined: () => joined }
}

test('a task whose agent is known by name is reached while names are not looked up any more', async () => {
  const found = [{ address: '127.0.0.1', family: 4 }]
  let now = 0
  const lookup = createTaskLookup({
    now: () => now,
    find: async () => {
      if (now > 0) throw new Error('EAI_AGAIN')
      return found
    }
  })
  const client = testClient({ lookup })
  const task = await scriptedTask(OK)
  const named = { ...task, endpoint: { ...task.endpoint, host: 'agent.test' } }
  for (; now <= 20_000; now += 10_000) {
    const told = get(client, named, { fresh: true })
    await told.over
    assert.equal(told.status, 200)
  }
})
