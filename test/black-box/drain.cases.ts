import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { beginsChunks, endlessEndsLongGoesOn } from '../support/endless-answers.ts'
import { eventually } from '../support/eventually.ts'
import type { FrontDoorUnderTest, OpenFrontDoor } from '../support/front-door.ts'
import { HANDSHAKE } from '../support/handshake.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { OK, type Script, type ScriptedTask, startScriptedTask } from '../support/scripted-task.ts'
import { blackBox, request } from '../support/stage.ts'

/** What becomes of what runs at a task that leaves the table. */
export function drainCases(open: OpenFrontDoor): void {
  requestCases(open)
  unsentCases(open)
  streamCases(open)
  tunnelCases(open)
}

const silent: Script = () => undefined
/** Answers at once what is asked for at `/quick`. */
const quickOnly: Script = ({ target }) => (target === '/quick' ? OK : undefined)

function requestCases(open: OpenFrontDoor): void {
  blackBox(
    'a request in flight finishes, idle connections close, new ones go elsewhere',
    async (t) => {
      const { door, old, fresh, client } = await openLeaving(t, open, quickOnly)
      const [idle, slow] = [client(), client()]
      slow.send(request('GET /slow'))
      await eventually('the slow request', () => old.requests.length === 1)
      idle.send(request('GET /quick'))
      assert.equal((await idle.answer()).status, 200)
      await leave(door, fresh)
      await old.connections[1]?.closed
      idle.send(request('POST /quick', 'Content-Length: 0'))
      assert.equal((await idle.answer()).status, 200)
      assert.equal(fresh.requests.length, 1)
      old.connections[0]?.socket.write(OK)
      assert.equal((await slow.answer()).status, 200)
      await old.connections[0]?.closed
      assert.equal(old.requests.length, 2)
    }
  )

  blackBox('after drain.requests a GET goes to another task, and a POST is 502', async (t) => {
    const proxy = { drain: { requests: '300ms' } }
    const { door, old, fresh, client } = await openLeaving(t, open, silent, proxy)
    const [get, post] = [client(), client()]
    get.send(request('GET /'))
    post.send(request('POST /', 'Content-Length: 0'))
    await eventually('both requests', () => old.requests.length === 2)
    await leave(door, fresh)
    assert.equal((await get.answer()).status, 200)
    const { status, body } = await post.answer()
    assert.equal(status, 502)
    assert.match(body, /GW_UPSTREAM\b/)
    assert.deepEqual(
      fresh.requests.map(({ method }) => method),
      ['GET']
    )
  })

  blackBox('the kill grace of the app goes before drain.requests', async (t) => {
    const { door, old, fresh, client } = await openLeaving(t, open, silent, {}, 100)
    const get = client()
    get.send(request('GET /'))
    await eventually('the request', () => old.requests.length === 1)
    await leave(door, fresh)
    assert.equal((await get.answer()).status, 200)
    await old.connections[0]?.closed
  })

  blackBox('a task that is back in time keeps its requests', async (t) => {
    const proxy = { drain: { requests: '300ms' } }
    const { door, old, fresh, client } = await openLeaving(t, open, silent, proxy)
    const [kept, other] = [client(), client()]
    kept.send(request('POST /', 'Content-Length: 0'))
    await eventually('the request', () => old.requests.length === 1)
    await leave(door, fresh)
    await door.publish([{ id: '/myapp', ports: [old.port] }])
    other.send(request('POST /', 'Content-Length: 0'))
    await eventually('the other request', () => old.requests.length === 2)
    await leave(door, fresh)
    // Its time began anew when it left again.
    await other.answer()
    assert.equal((await kept.answer()).status, 502)
  })
}

function unsentCases(open: OpenFrontDoor): void {
  blackBox('requests that wait for a connection to a leaving task go elsewhere', async (t) => {
    const proxy = { maxConnectionsPerEndpoint: 1 }
    const { door, old, fresh, client } = await openLeaving(t, open, silent, proxy)
    const [running, waiting] = [client(), client()]
    running.send(request('GET /'))
    await eventually('the first request', () => old.requests.length === 1)
    waiting.send(`${request('POST /', 'Content-Length: 2')}hi`)
    // Answered by the front door itself, and so after the other was taken in.
    const other = client()
    other.send(request('GET /').replace('myapp', 'nobody'))
    assert.equal((await other.answer()).status, 404)
    await leave(door, fresh)
    assert.equal((await waiting.answer()).status, 200)
    assert.deepEqual(
      fresh.requests.map(({ body }) => body),
      ['hi']
    )
    assert.equal(old.requests.length, 1)
  })
}

function streamCases(open: OpenFrontDoor): void {
  blackBox('an endless answer ends after drain.streams, a long one goes on', async (t) => {
    const proxy = { drain: { requests: '60s', streams: '300ms' } }
    const { door, old, fresh, client } = await openLeaving(t, open, beginsChunks, proxy)
    await endlessEndsLongGoesOn(client, old, () => leave(door, fresh))
  })
}

const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzhoZRbK+xOo=\r\n\r\n'
const HELLO = '\x81\x05hello'
const GOING_AWAY = '\x88\x02\x03\xe9'
const CLIENT_CLOSES = '\x88\x82\x00\x00\x00\x00\x03\xe9'

function tunnelCases(open: OpenFrontDoor): void {
  const proxy = { drain: { streams: '300ms' } }

  blackBox('a websocket is closed with 1001 after drain.streams, and not before', async (t) => {
    const { door, old, fresh, client } = await openLeaving(t, open, () => SWITCH, proxy)
    const own = await openTunnel(client)
    await leave(door, fresh)
    old.connections[0]?.socket.write(HELLO, 'latin1')
    await own.until(HELLO)
    await own.until(GOING_AWAY)
    own.send(CLIENT_CLOSES)
    await old.connections[0]?.until(CLIENT_CLOSES)
    own.socket.end()
    assert.equal(await own.closed, 'end')
    await old.connections[0]?.closed
    assert.ok(own.received().endsWith(GOING_AWAY))
  })

  blackBox('a close frame never stands within another frame', async (t) => {
    const { door, old, fresh, client } = await openLeaving(t, open, () => SWITCH, proxy)
    const [own, other] = [await openTunnel(client), await openTunnel(client)]
    old.connections[0]?.socket.write(HELLO.slice(0, 4), 'latin1')
    old.connections[1]?.socket.write(HELLO.slice(0, 4), 'latin1')
    await own.until('he')
    await leave(door, fresh)
    await other.until('he')
    // Only one of the two is ended in time.
    const timer = setTimeout(() => old.connections[0]?.socket.write('llo'), 900)
    t.after(() => clearTimeout(timer))
    await other.closed
    assert.ok(other.received().endsWith('he'))
    await own.until(`${HELLO}${GOING_AWAY}`)
  })

  blackBox('a websocket goes on when its task is back in time', async (t) => {
    const { door, old, fresh, client } = await openLeaving(t, open, () => SWITCH, proxy)
    const own = await openTunnel(client)
    await leave(door, fresh)
    await door.publish([{ id: '/myapp', ports: [old.port] }])
    // Longer than it would have had.
    const passed = performance.now() + 1000
    await eventually('a second', () => performance.now() > passed)
    old.connections[0]?.socket.write(HELLO, 'latin1')
    await own.until(HELLO)
    assert.ok(own.received().endsWith(HELLO))
  })

  async function openTunnel(client: () => RawClient): Promise<RawClient> {
    const own = client()
    own.send(HANDSHAKE)
    await own.until(SWITCH)
    return own
  }
}

/** An app of one task that will leave for another one, which answers everything at once. */
async function openLeaving(
  t: TestContext,
  open: OpenFrontDoor,
  script: Script,
  proxy: Readonly<Record<string, unknown>> = {},
  killGraceMs?: number
): Promise<{
  readonly door: FrontDoorUnderTest
  readonly old: ScriptedTask
  readonly fresh: ScriptedTask
  client(): RawClient
}> {
  const [old, fresh] = [await startScriptedTask(script), await startScriptedTask(OK)]
  t.after(() => Promise.all([old.close(), fresh.close()]))
  const door = await open({ proxy })
  t.after(() => door.stop())
  const grace = killGraceMs === undefined ? {} : { killGraceMs }
  await door.publish([{ id: '/myapp', ports: [old.port], ...grace }])
  return { door, old, fresh, client: () => rawClient(t, door.port) }
}

/** The old task leaves, and the new one is there. */
function leave(door: FrontDoorUnderTest, fresh: ScriptedTask): Promise<void> {
  return door.publish([{ id: '/myapp', ports: [fresh.port] }])
}
