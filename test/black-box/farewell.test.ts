import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Agent, WebSocket } from 'undici'
import { beginsChunks, endlessEndsLongGoesOn } from '../support/endless-answers.ts'
import { eventually } from '../support/eventually.ts'
import { type FrontDoorUnderTest, openLane } from '../support/front-door.ts'
import { HANDSHAKE } from '../support/handshake.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { OK, type Script, startScriptedTask } from '../support/scripted-task.ts'
import { request } from '../support/stage.ts'
import { openTwoWorkers } from '../support/two-workers.ts'

/** How clients are sent elsewhere by a gateway that stops. */
const LIMIT = { timeout: 240_000 }
const GOING_AWAY = '\x88\x82\x00\x00\x00\x00\x03\xe9'

for (const lane of ['full', 'wire'] as const) {
  describe(`${lane} lane`, () => {
    connectionCases(lane)
    streamCases(lane)
  })

  test(
    `${lane} lane, two workers: answers close their connections during the delay`,
    LIMIT,
    async (t) => {
      const task = await startScriptedTask(OK)
      t.after(() => task.close())
      const door = await openTwoWorkers(lane, {}, { delay: '3s', timeout: '5s' })
      t.after(() => door.stop())
      await door.publish([{ id: '/myapp', ports: [task.port] }])
      const kept = [rawClient(t, door.port), rawClient(t, door.port)]
      for (const client of kept) {
        client.send(request('GET /'))
        assert.equal((await client.answer()).field('connection'), 'keep-alive')
      }
      const stopped = door.stop()
      // The workers hear of it through a channel.
      await new Promise((resolve) => setTimeout(resolve, 300))
      for (const client of kept) await leaves(client, 'GET /')
      await leaves(rawClient(t, door.port), 'GET /')
      await stopped
      assert.equal(task.requests.length, 5)
    }
  )
}

type Lane = 'full' | 'wire'

function connectionCases(lane: Lane): void {
  test('during the delay each answer closes its connection', LIMIT, async (t) => {
    const { door, task, client } = await openStopping(t, lane, () => OK)
    const kept = [client(), client(), client(), client()] as const
    for (const one of kept) {
      one.send(request('GET /'))
      assert.equal((await one.answer()).field('connection'), 'keep-alive')
    }
    const stopped = door.stop()
    await leaves(kept[0], 'GET /')
    await leaves(kept[1], 'GET /', 'Host: nobody.test')
    await leaves(kept[2], 'OPTIONS *')
    await leaves(client(), 'GET /')
    // Who asks for nothing is not closed under its feet.
    kept[3].send(`${request('POST /', 'Content-Length: 2')}hi`)
    const answer = await kept[3].answer()
    assert.deepEqual([answer.status, answer.field('connection')], [200, 'close'])
    await stopped
    assert.equal(task.requests.length, 7)
  })

  test('pipelined requests are all answered, and the last answer closes', LIMIT, async (t) => {
    const say: (() => void)[] = []
    const { door, task, client } = await openStopping(t, lane, (_request, { socket }) => {
      say.push(() => void socket.write(OK))
      return undefined
    })
    const [early, late] = [client(), client()]
    early.send(request('GET /1') + request('GET /2') + request('GET /3'))
    await eventually('three requests', () => say.length === 3)
    const stopped = door.stop()
    late.send(request('GET /4') + request('GET /5'))
    await eventually('five requests', () => say.length === 5)
    for (const one of say) one()
    const seen: (string | undefined)[] = []
    for (const one of [early, early, early, late, late]) {
      seen.push((await one.answer()).field('connection'))
    }
    assert.deepEqual(seen, ['keep-alive', 'keep-alive', 'close', 'keep-alive', 'close'])
    assert.equal(await early.closed, 'end')
    await stopped
    assert.equal(task.requests.length, 5)
  })

  test('a request behind an answer of our own in the same packet is answered', LIMIT, async (t) => {
    const { door, task, client } = await openStopping(t, lane, () => OK)
    const own = client()
    own.send(request('GET /'))
    await own.answer()
    const stopped = door.stop()
    own.send(`GET /a HTTP/1.1\r\nHost: nobody.test\r\n\r\n${request('GET /b')}`)
    const [first, second] = [await own.answer(), await own.answer()]
    assert.deepEqual([first.status, first.field('connection')], [404, 'keep-alive'])
    assert.deepEqual([second.status, second.field('connection')], [200, 'close'])
    assert.equal(await own.closed, 'end')
    await stopped
    assert.equal(task.requests.length, 2)
  })

  test('what is pipelined behind the last answer does not reset it', LIMIT, async (t) => {
    const { door, client } = await openStopping(t, lane, () => OK)
    const own = client()
    own.send(request('GET /'))
    await own.answer()
    const stopped = door.stop()
    own.send(request('GET /'))
    await own.until('ok')
    own.send(request('GET /'))
    assert.equal((await own.answer()).field('connection'), 'close')
    assert.equal(await own.closed, 'end')
    own.socket.end()
    await stopped
  })

  test('a connection that changed its lane is waited for', LIMIT, async (t) => {
    const shutdown = { delay: '0', timeout: '20s' }
    const { door, task, client } = await openStopping(t, lane, () => undefined, { shutdown })
    const own = client()
    own.send(request('GET /', 'Connection: Upgrade', 'Upgrade: other'))
    await eventually('the request', () => task.requests.length === 1)
    const stopped = door.stop()
    await new Promise((resolve) => setTimeout(resolve, 500))
    task.connections[0]?.socket.write(OK)
    assert.equal((await own.answer()).status, 200)
    await stopped
  })

  test('an upload that runs is taken to its end', LIMIT, async (t) => {
    const { door, task, client } = await openStopping(t, lane, () => OK)
    const own = client()
    own.send(`${request('POST /', 'Content-Length: 100000')}${'a'.repeat(50_000)}`)
    const stopped = door.stop()
    await new Promise((resolve) => setTimeout(resolve, 100))
    own.send('b'.repeat(50_000))
    assert.equal((await own.answer()).field('connection'), 'close')
    assert.equal(task.requests[0]?.body.length, 100_000)
    await stopped
  })
}

function streamCases(lane: Lane): void {
  const shutdown = { delay: '0', timeout: '20s' }
  const proxy = { drain: { streams: '500ms' } }

  test('a real WebSocket is closed with 1001, and its task hears it', LIMIT, async (t) => {
    const slower = { drain: { streams: '2s' } }
    const { door, task } = await openStopping(t, lane, upgrade, { shutdown, proxy: slower })
    const dispatcher = new Agent({ connect: { lookup } })
    t.after(() => dispatcher.destroy())
    const own = new WebSocket(`ws://myapp.local:${door.port}/chat`, { dispatcher })
    const events: string[] = []
    own.onmessage = ({ data }) => events.push(data)
    own.onclose = ({ code, wasClean }) => events.push(`${code} ${wasClean}`)
    await eventually('the WebSocket', () => own.readyState === own.OPEN)
    const began = performance.now()
    const stopped = door.stop()
    task.connections[0]?.socket.write('\x81\x05hello', 'latin1')
    await stopped
    assert.ok(performance.now() - began > 1900)
    await eventually('the end', () => own.readyState === own.CLOSED)
    assert.deepEqual(events, ['hello', '1001 true'])
    // Masked by the client.
    await task.connections[0]?.until('\x88\x82')
  })

  test('a task hears 1001 of a WebSocket whose client says nothing', LIMIT, async (t) => {
    const { door, task, client } = await openStopping(t, lane, upgrade, { shutdown, proxy })
    await hearsGoodbye(client(), door)
    await task.connections[0]?.until(GOING_AWAY)
  })

  test('the time of WebSockets ends before that of the stop', LIMIT, async (t) => {
    const short = { delay: '0', timeout: '1s' }
    const { door, client } = await openStopping(t, lane, upgrade, { shutdown: short })
    await hearsGoodbye(client(), door)
  })

  test('an endless answer ends after drain.streams, any other goes on', LIMIT, async (t) => {
    const { door, task, client } = await openStopping(t, lane, beginsChunks, { shutdown, proxy })
    let stopped: Promise<void> | undefined
    await endlessEndsLongGoesOn(client, task, () => {
      stopped = door.stop()
    })
    await stopped
  })
}

/** Every name is this machine. */
const lookup: LookupFunction = (_name, _options, found) =>
  found(null, [{ address: '127.0.0.1', family: 4 }])

/** RFC 6455 §4.2.2. */
const upgrade: Script = ({ fields: asked }) => {
  const key = asked.find(([name]) => name === 'sec-websocket-key')?.[1] ?? ''
  const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof.digest('base64')}`
  return `HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`
}

interface Settings {
  readonly shutdown?: { readonly delay: string; readonly timeout: string }
  readonly proxy?: Readonly<Record<string, unknown>>
}

async function openStopping(
  t: TestContext,
  lane: Lane,
  script: Script,
  { shutdown = { delay: '3s', timeout: '20s' }, proxy = {} }: Settings = {}
) {
  const task = await startScriptedTask(script)
  t.after(() => task.close())
  const door = await openLane(lane, { proxy, config: { shutdown } })
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', ports: [task.port] }])
  return { door, task, client: (): RawClient => rawClient(t, door.port) }
}

/** Opens a WebSocket, and hears 1001 when the gateway stops. */
async function hearsGoodbye(own: RawClient, door: FrontDoorUnderTest): Promise<void> {
  own.send(HANDSHAKE)
  await own.until('101 Switching')
  const stopped = door.stop()
  await own.until('\x88\x02\x03\xe9')
  await stopped
}

/** Its next answer says that the connection closes, and it does. */
async function leaves(client: RawClient, line: string, host?: string): Promise<void> {
  const head = request(line)
  client.send(host === undefined ? head : head.replace(/Host: .*/, host))
  assert.equal((await client.answer()).field('connection'), 'close')
  assert.equal(await client.closed, 'end')
  client.socket.end()
}
