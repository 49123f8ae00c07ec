import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { type FrontDoorProcess, startFrontDoorProcess } from '../support/front-door-process.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { OK, type Script, startScriptedTask } from '../support/scripted-task.ts'
import { request } from '../support/stage.ts'

type Lane = 'full' | 'wire'

const LIMIT = { timeout: 240_000 }

for (const lane of ['full', 'wire'] as const) describe(`${lane} lane`, () => stopCases(lane))

function stopCases(lane: Lane): void {
  test(
    'a graceful stop takes requests, then finishes them, then ends by itself',
    LIMIT,
    async (t) => {
      const say: (() => void)[] = []
      const { door, task, client } = await openProcess(
        t,
        lane,
        { delay: '1s', timeout: '30s' },
        hold(say)
      )
      const kept = client()
      kept.send(request('GET /quick'))
      assert.equal((await kept.answer()).status, 200)
      const slow = client()
      slow.send(request('GET /slow'))
      await eventually('the slow request', () => say.length === 1)
      assert.equal(await ready(t, door), 200)

      door.stop()
      await untilReady(t, door, 503)
      const late = client()
      late.send(request('GET /quick'))
      assert.equal((await late.answer()).status, 200, 'requests are still taken during the delay')

      assert.equal(await kept.closed, 'end', 'idle connections close after the delay')
      await refuses(t, door.port)
      say[0]?.()
      const last = await slow.answer()
      assert.equal(last.status, 200)
      assert.equal(last.field('connection'), 'close')
      assert.deepEqual(await door.ended, { code: 0, signal: null })
      assert.equal(task.requests.length, 3)
    }
  )

  test('what still runs at the end of shutdown.timeout is cut', LIMIT, async (t) => {
    const say: (() => void)[] = []
    const { door, task, client } = await openProcess(
      t,
      lane,
      { delay: '0', timeout: '500ms' },
      hold(say)
    )
    const waiting = client()
    waiting.send(request('GET /slow'))
    const upload = client()
    upload.send(`${request('POST /', 'Content-Length: 100000')}half!`)
    const tunnel = await openTunnel(client)
    await eventually('three connections', () => task.connections.length === 3)
    door.stop()
    await Promise.all([waiting.closed, upload.closed, tunnel.closed])
    assert.equal(waiting.received(), '')
    assert.deepEqual(await door.ended, { code: 0, signal: null })
  })

  test('a request may take longer to finish than plugins to start', LIMIT, async (t) => {
    const say: (() => void)[] = []
    const { door, client } = await openProcess(t, lane, { delay: '0', timeout: '40s' }, hold(say))
    const slow = client()
    slow.send(request('GET /slow'))
    await eventually('the slow request', () => say.length === 1)
    door.stop()
    await refuses(t, door.port)
    // Fastify gives up on a hook after 10 s unless told otherwise.
    await new Promise((resolve) => setTimeout(resolve, 11_000))
    say[0]?.()
    assert.equal((await slow.answer()).status, 200)
    assert.deepEqual(await door.ended, { code: 0, signal: null })
  })
}

/** Answers `/slow` when told to, switches to a tunnel, and answers all else at once. */
const hold =
  (say: (() => void)[]): Script =>
  ({ target }, { socket }) => {
    if (target === '/tunnel') {
      return 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    }
    if (target !== '/slow') return OK
    say.push(() => void socket.write(OK))
    return undefined
  }

async function openProcess(
  t: TestContext,
  lane: Lane,
  shutdown: { readonly delay: string; readonly timeout: string },
  script: Script
) {
  const task = await startScriptedTask(script)
  t.after(() => task.close())
  const door = await startFrontDoorProcess({ proxy: { lane }, config: { shutdown } })
  t.after(() => door.kill())
  await door.publish([{ id: '/myapp', ports: [task.port] }])
  return { door, task, client: (): RawClient => rawClient(t, door.port) }
}

async function openTunnel(client: () => RawClient): Promise<RawClient> {
  const tunnel = client()
  tunnel.send(
    request(
      'GET /tunnel',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    )
  )
  await tunnel.until('101 Switching')
  return tunnel
}

async function ready(t: TestContext, door: FrontDoorProcess): Promise<number> {
  const { send, answer } = rawClient(t, door.healthPort)
  send('GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  return (await answer()).status
}

async function untilReady(t: TestContext, door: FrontDoorProcess, status: number): Promise<void> {
  while ((await ready(t, door)) !== status) await new Promise(setImmediate)
}

/** Waits until nobody accepts connections at the port. */
async function refuses(t: TestContext, port: number): Promise<void> {
  for (;;) {
    const { socket } = rawClient(t, port)
    const how = await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected'))
      socket.once('error', () => resolve('refused'))
    })
    socket.destroy()
    if (how === 'refused') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
