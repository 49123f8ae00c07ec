import assert from 'node:assert/strict'
import type { Outcome } from '../../src/gateway/plugin.ts'
import { eventually } from '../support/eventually.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { pluginOf } from '../support/plugin-under-test.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { startRawTask } from '../support/raw-task.ts'
import { OK } from '../support/scripted-task.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

const QUICK = { head: '300ms', body: '300ms', idle: '60s', firstByte: '60s' }
/** Streamed, for it is too large to be gathered. */
const LARGE = 100_000
const PIECE = 2000

/** A client that is slow takes time of its own, not of a task. */
export function slowClientCases(open: OpenFrontDoor): void {
  headCases(open)
  gatherCases(open)
  paceCases(open)
  shareCases(open)
}

function headCases(open: OpenFrontDoor): void {
  for (const [name, bytes] of Object.entries({
    'stops within the request line': 'GET /a',
    'stops within a field': 'GET / HTTP/1.1\r\nHost: myapp.local\r\nX-A: b'
  })) {
    blackBox(`a client that ${name} is told 408, and goes`, async (t) => {
      const { client, task } = await openStage(t, open, { proxy: { timeout: QUICK } })
      const { send, answer, closed } = client()
      send(bytes)
      const { status, body } = await answer()
      assert.equal(status, 408)
      assert.match(body, /GW_REQUEST_TIMEOUT/)
      await closed
      assert.equal(task.connections.length, 0)
    })
  }

  blackBox('a connection on which nothing comes is closed without a word', async (t) => {
    const outcomes: Outcome[] = []
    const watch = pluginOf('watch', (host) => host.observer((outcome) => outcomes.push(outcome)))
    const { client } = await openStage(t, open, { proxy: { timeout: QUICK }, plugins: [watch] })
    const silent = client()
    await silent.closed
    assert.equal(silent.received(), '')
    assert.deepEqual(outcomes, [])
  })

  blackBox('a head that comes byte by byte has the time of one head', async (t) => {
    const { client } = await openStage(t, open, { proxy: { timeout: QUICK } })
    const one = client()
    one.send('GET / HTTP/1.1\r\nHost: myapp.local\r\n')
    const drip = trickle(one, 'X', 20)
    t.after(() => clearInterval(drip))
    assert.equal((await one.answer()).status, 408)
  })
}

function gatherCases(open: OpenFrontDoor): void {
  blackBox('a small body is read as a whole before a task is asked', async (t) => {
    const { client, task } = await openStage(t, open)
    const slow = client()
    slow.send(`${request('POST /slow', 'Content-Length: 10')}01234`)
    const good = client()
    for (let i = 0; i < 3; i++) {
      good.send(request('GET /good'))
      assert.equal((await good.answer()).status, 200)
    }
    assert.equal(task.connections.length, 1)
    for (const digit of '56789') slow.send(digit)
    assert.equal((await slow.answer()).status, 200)
    assert.equal(task.requests.at(-1)?.body, '0123456789')
    // And the connection goes on.
    slow.send(request('GET /next'))
    assert.equal((await slow.answer()).status, 200)
  })

  blackBox('a small body that a client never ends takes no connection to a task', async (t) => {
    const { client, task } = await openStage(t, open, { proxy: { timeout: QUICK } })
    const { send, answer, closed } = client()
    send(`${request('POST /', 'Content-Length: 10')}01234`)
    const { status, body } = await answer()
    assert.equal(status, 408)
    assert.match(body, /GW_REQUEST_TIMEOUT/)
    await closed
    assert.equal(task.connections.length, 0)
  })

  blackBox('replayBytes: 0 gathers no body', async (t) => {
    const { client, task } = await openStage(t, open, { proxy: { replayBytes: 0 } })
    client().send(`${request('POST /', 'Content-Length: 10')}01234`)
    await (await task.connection(0)).until('01234')
  })
}

function paceCases(open: OpenFrontDoor): void {
  for (const field of [`Content-Length: ${LARGE}`, 'Transfer-Encoding: chunked']) {
    blackBox(`a body slower than minBodyRate, ${field}: 408, whoever has it`, async (t) => {
      const proxy = { timeout: QUICK, minBodyRate: 1000 }
      const { client, task } = await openStage(t, open, { proxy })
      const slow = client()
      slow.send(request('POST /', field))
      const drip = trickle(slow, field.startsWith('C') ? 'x' : '1\r\nx\r\n', 20)
      t.after(() => clearInterval(drip))
      const { status, body } = await slow.answer()
      assert.equal(status, 408)
      assert.match(body, /GW_REQUEST_TIMEOUT/)
      await (await task.connection(0)).closed
      assert.equal(task.requests.length, 0)
    })
  }

  blackBox('a body that goes on has no limit of its whole time', async (t) => {
    const proxy = { timeout: { ...QUICK, body: '600ms' }, minBodyRate: 1000 }
    const { client, task } = await openStage(t, open, { proxy })
    const steady = client()
    steady.send(request('POST /', `Content-Length: ${PIECE * 10}`, 'X-A: b'))
    const drip = trickle(steady, 'x'.repeat(PIECE), 150)
    t.after(() => clearInterval(drip))
    await eventually('the request', () => task.requests.length === 1)
    assert.equal(task.requests[0]?.body.length, PIECE * 10)
  })

  blackBox('minBodyRate: 0 leaves it to the idle timeout', async (t) => {
    const { client, task } = await openStage(t, open, {
      proxy: { timeout: QUICK, minBodyRate: 0 }
    })
    const slow = client()
    slow.send(request('POST /', 'Content-Length: 40'))
    const drip = trickle(slow, 'x', 20)
    t.after(() => clearInterval(drip))
    await eventually('the request', () => task.requests.length === 1)
  })

  blackBox('a body that the task holds back is not the client’s fault', async (t) => {
    const bytes = 16 * 1024 * 1024
    let read = 0
    const task = await startRawTask((connection, piece) => {
      read += piece.length
      if (read > bytes) connection.socket.write(OK)
    })
    t.after(() => task.close())
    const door = await open({ proxy: { timeout: QUICK, minBodyRate: 1000 } })
    t.after(() => door.stop())
    await door.publish([{ id: '/myapp', ports: [task.endpoint.port] }])
    const { socket, answer } = rawClient(t, door.port)
    socket.write(request('POST /', `Content-Length: ${bytes}`))
    const { socket: taking } = await task.connection(0)
    taking.pause()
    socket.write(Buffer.alloc(bytes))
    // Much longer than a client may take.
    setTimeout(() => taking.resume(), 1500)
    assert.equal((await answer()).status, 200)
  })
}

function trickle({ socket, send }: RawClient, piece: string, everyMs: number): NodeJS.Timeout {
  return setInterval(() => {
    if (socket.writable) send(piece)
  }, everyMs)
}

const FLOOD = `HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n`

/** Slow ones hold all connections to the one task of an app: who comes then is served. */
function shareCases(open: OpenFrontDoor): void {
  const proxy = { maxConnectionsPerEndpoint: 4, timeout: { ...QUICK, body: '60s' } }

  blackBox('slow readers can’t take an app out: the slowest gives way', async (t) => {
    const { client, task } = await openStage(t, open, {
      proxy,
      script: ({ target }, { socket }) => {
        if (target !== '/large') return OK
        socket.write(FLOOD)
        pour(socket)
        return undefined
      }
    })
    for (let i = 0; i < 4; i++) {
      const slow = client()
      slow.socket.pause()
      slow.send(request('GET /large'))
      await eventually('a slow reader', () => task.requests.length === i + 1)
    }
    await expectServed(client())
  })

  blackBox('slow senders can’t take an app out: the slowest gives way', async (t) => {
    const { client, task } = await openStage(t, open, { proxy })
    const slow = Array.from({ length: 4 }, () => client())
    for (const [i, { send }] of slow.entries()) {
      send(`${request('POST /', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`)
      await (await task.connection(i)).until('hello')
    }
    await expectServed(client())
    const { status, body } = await (slow[0] as RawClient).answer()
    assert.equal(status, 408)
    assert.match(body, /GW_TOO_SLOW/)
  })

  blackBox('while slow clients are many, a large body shows its first bytes first', async (t) => {
    const { client, task } = await openStage(t, open, { proxy })
    for (let i = 0; i < 3; i++) {
      client().send(`${request('POST /', `Content-Length: ${LARGE}`)}hello`)
      await (await task.connection(i)).until('hello')
    }
    const { send, answer } = client()
    send(`${request('POST /large', `Content-Length: ${LARGE}`)}${'x'.repeat(16_383)}`)
    await expectServed(client())
    assert.equal(task.requests.length, 1, 'the good one alone')
    assert.equal(task.connections.length, 4, 'three slow ones and the good one')
    send('x'.repeat(LARGE - 16_383))
    assert.equal((await answer()).status, 200)
    assert.equal(task.requests.at(-1)?.body.length, LARGE)
  })
}

async function expectServed(good: RawClient): Promise<void> {
  good.send(request('GET /good'))
  const { status, body } = await good.answer()
  assert.equal(`${status} ${body}`, '200 ok')
}

function pour(socket: RawClient['socket']): void {
  const piece = Buffer.alloc(65_536)
  const more = (): void => {
    while (socket.writable && socket.write(piece));
  }
  socket.on('drain', more)
  more()
}
