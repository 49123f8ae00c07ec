import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import type { RawClient } from '../support/raw-client.ts'
import { OK, type ScriptedTask } from '../support/scripted-task.ts'
import { blackBox, openStage, request, type Stage } from '../support/stage.ts'

const HANDSHAKE = request(
  'GET /chat?x=1',
  'Connection: keep-alive, Upgrade',
  'Upgrade: WebSocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: chat'
)
const SWITCH =
  'HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzhoZRbK+xOo=\r\nX-Own: yes\r\n\r\n'

/** The `websocket` upgrade is a tunnel; every other one is dropped. */
export function upgradeCases(open: OpenFrontDoor): void {
  blackBox('a websocket is a raw tunnel behind a verbatim 101', async (t) => {
    const stage = await openStage(t, open, { script: () => SWITCH })
    const { client, connection } = await openTunnel(stage)
    const { fields = [], target } = stage.task.requests[0] ?? {}
    assert.equal(target, '/chat?x=1')
    const own = (name: string) => fields.find(([one]) => one === name)?.[1]
    assert.equal(own('connection')?.toLowerCase(), 'upgrade')
    assert.equal(own('upgrade')?.toLowerCase(), 'websocket')
    assert.equal(own('sec-websocket-protocol'), 'chat')
    assert.equal(own('x-forwarded-for'), '127.0.0.1')
    client.send(Buffer.from([0x81, 0, 0xff, 13, 10]))
    assert.equal(await connection.until('\xff\r\n'), '\x81\0\xff\r\n')
    connection.socket.write(Buffer.from([1, 2, 3, 0xfe]))
    await client.until('\x01\x02\x03\xfe')
    client.socket.end()
    await connection.closed
  })

  blackBox('bytes sent together with the handshake and with the 101 arrive', async (t) => {
    const { task, client } = await openStage(t, open, { script: () => `${SWITCH}early-task` })
    const own = client()
    own.send(`${HANDSHAKE}`)
    await own.until('early-task')
    assert.ok(own.received().startsWith(SWITCH))
    const other = client()
    const taken = openEarly(task)
    other.send(`${HANDSHAKE}early-client`)
    await other.until('early-task')
    assert.match((await taken).received(), /early-client/)
  })

  blackBox('what a task said last reaches a slow client before the tunnel ends', async (t) => {
    const stage = await openStage(t, open, { script: () => SWITCH })
    const { client, connection } = await openTunnel(stage)
    client.socket.pause()
    const bytes = 16 * 1024 * 1024
    connection.socket.end(Buffer.alloc(bytes, 'x'))
    let read = 0
    client.socket.on('data', (piece) => {
      read += piece.length
      // Slower than the task at every moment: the gateway holds bytes until the end.
      client.socket.pause()
      setImmediate(() => client.socket.resume())
    })
    client.socket.resume()
    assert.equal(await client.closed, 'end')
    assert.equal(read, bytes)
  })

  blackBox('tunnels outlive a change of the table', async (t) => {
    const stage = await openStage(t, open, { script: () => SWITCH })
    const { client, connection } = await openTunnel(stage)
    await stage.door.publish([])
    await stage.door.publish([{ id: '/other', ports: [1] }])
    client.send('still here')
    await connection.until('still here')
    connection.socket.write('so am I')
    await client.until('so am I')
  })

  refusalCases(open)
  droppedCases(open)
  pipelineCases(open)
}

function refusalCases(open: OpenFrontDoor): void {
  blackBox('a refused upgrade is relayed as it is', async (t) => {
    const script =
      'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 4\r\n\r\nnope'
    const { client } = await openStage(t, open, { script })
    const { send, answer, closed } = client()
    send(HANDSHAKE)
    const { status, reason, field, body } = await answer()
    assert.equal(status, 426)
    assert.equal(reason, 'Upgrade Required')
    assert.equal(field('sec-websocket-version'), '8')
    assert.equal(body, 'nope')
    assert.equal(await closed, 'end')
  })

  blackBox('a client that goes away before the 101 takes its handshake along', async (t) => {
    const { task, client } = await openStage(t, open, { script: () => undefined })
    const { send, socket } = client()
    send(HANDSHAKE)
    await eventually('the handshake', () => task.requests.length === 1)
    socket.destroy()
    await task.connections[0]?.closed
  })

  blackBox('a handshake for nobody’s host is refused as any other request', async (t) => {
    const { client } = await openStage(t, open)
    const { send, answer } = client()
    send(HANDSHAKE.replace('myapp.local', 'nobody.local'))
    const { status, body } = await answer()
    assert.equal(status, 404)
    assert.match(body, /GW_NO_ROUTE/)
  })
}

function droppedCases(open: OpenFrontDoor): void {
  const dropped = {
    h2c: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQ'],
    TLS: ['Connection: upgrade', 'Upgrade: TLS/1.0, HTTP/1.1'],
    'websocket of another version': [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 8',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    ],
    'websocket and h2c': [
      'Connection: Upgrade',
      'Upgrade: websocket, h2c',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    ]
  }
  for (const [name, fields] of Object.entries(dropped)) {
    blackBox(
      `an upgrade to ${name} is dropped, the request passes and the connection lives`,
      async (t) => {
        const { task, client } = await openStage(t, open)
        const { send, answer } = client()
        send(`${request('POST /', ...fields, 'Content-Length: 5', 'X-Kept: 1')}hello`)
        assert.equal((await answer()).status, 200)
        send(request('GET /next'))
        assert.equal((await answer()).status, 200)
        assert.equal(task.requests[0]?.body, 'hello')
        assert.doesNotMatch(task.bytes[0] ?? '', /\r\n(upgrade|http2-settings|connection):/i)
        assert.match(task.bytes[0] ?? '', /\r\nX-Kept: 1\r\n/)
        assert.equal(task.requests[1]?.target, '/next')
      }
    )
  }

  blackBox('gateway.upgrade: none drops websockets too', async (t) => {
    const { task, client } = await openStage(t, open, { labels: { 'gateway.upgrade': 'none' } })
    const { send, answer } = client()
    send(HANDSHAKE)
    assert.equal((await answer()).status, 200)
    assert.doesNotMatch(task.bytes[0] ?? '', /\r\n(upgrade|connection):/i)
  })
}

function pipelineCases(open: OpenFrontDoor): void {
  const behind = {
    'a websocket handshake': HANDSHAKE,
    CONNECT: 'CONNECT myapp.local:80 HTTP/1.1\r\nHost: myapp.local:80\r\n\r\n',
    'another upgrade': request('GET /', 'Connection: Upgrade', 'Upgrade: h2c')
  }
  for (const [name, bytes] of Object.entries(behind)) {
    blackBox(`${name} behind an unanswered request harms nobody`, async (t) => {
      let say: () => void = () => undefined
      const { task, client } = await openStage(t, open, {
        script: (_, { socket }) => {
          say = () => void socket.write(OK)
          return undefined
        }
      })
      const { send, answer, closed } = client()
      send(`${request('GET /first')}${bytes}`)
      await eventually('the first request', () => task.requests.length === 1)
      say()
      assert.equal((await answer()).body, 'ok')
      await closed
      const next = client()
      next.send(request('GET /next'))
      await eventually('the next request', () => task.requests.length === 2)
      say()
      assert.equal((await next.answer()).body, 'ok')
      assert.deepEqual(
        task.requests.map(({ target }) => target),
        ['/first', '/next']
      )
    })
  }
}

async function openTunnel({ task, client }: Stage) {
  const own: RawClient = client()
  own.send(HANDSHAKE)
  await own.until(SWITCH)
  assert.equal(own.received(), SWITCH)
  const connection = await task.connection(task.connections.length - 1)
  connection.clear()
  return { client: own, connection }
}

/** The next connection of the task, once bytes follow the handshake on it. */
async function openEarly(task: ScriptedTask) {
  const connection = await task.connection(task.connections.length)
  await connection.until('early-client')
  return connection
}
