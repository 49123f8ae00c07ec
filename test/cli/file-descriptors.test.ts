import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../bench/free-ports.ts'
import { type BuiltGateway, startBuiltGateway } from '../support/built-gateway.ts'
import { eventually } from '../support/eventually.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { OK, type Script, startScriptedTask } from '../support/scripted-task.ts'
import { request } from '../support/stage.ts'

const LIMIT = { timeout: 240_000 }
/** Node opens many at once when it loads a program. */
const OPEN_FILES = 512
const GET = request('GET /')

for (const lane of ['wire', 'full'] as const) {
  test(
    `${lane} lane: more clients than there are descriptors for are 503, and the others are served`,
    LIMIT,
    async (t) => {
      const { connect, statuses, ended } = await openStage(t, lane)
      const kept = Array.from({ length: 10 }, connect)
      assert.deepEqual(await statuses(kept), new Set([200]))
      const crowd = Array.from({ length: 500 }, connect)
      await eventually('refusals', () => crowd.filter(isRefused).length >= 200)
      for (const { received } of crowd.filter(isRefused)) {
        assert.match(received(), /^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n.*Connection: close\r\n/s)
      }
      assert.ok(crowd.some((client) => !isRefused(client)))
      assert.deepEqual(await statuses(kept), new Set([200]))
      await well({ crowd, connect })
      assert.deepEqual(await statuses(kept), new Set([200]))
      assert.equal(ended(), false)
    }
  )

  test(
    `${lane} lane: without descriptors for tasks a request is 503, and no task is blamed`,
    LIMIT,
    async (t) => {
      const stage = await openStage(t, lane, { maxConnections: 1000, ejection: { after: 1 } })
      const { connect, statuses, lines, ended } = stage
      const clients = Array.from({ length: 300 }, connect)
      assert.deepEqual(await statuses(clients), new Set([200]))
      stage.hold()
      for (const { send } of clients) send(GET)
      const settled = () => clients.filter(isRefused).length + stage.held()
      await eventually('each is refused or at a task', () => settled() === clients.length)
      const refused = clients.filter(isRefused)
      assert.ok(refused.length > 10 && stage.held() > 10, `${refused.length}, ${stage.held()}`)
      for (const { answer } of refused) assert.equal((await answer()).status, 503)
      // Even when not a single connection can be accepted any more.
      const crowd = Array.from({ length: 400 }, connect)
      await eventually('an end', () => crowd.some(isOver))
      stage.letGo()
      const served = clients.filter((client) => !refused.includes(client))
      for (const { answer } of served) assert.equal((await answer()).status, 200)
      await well({ crowd, connect })
      assert.deepEqual(await statuses(clients), new Set([200]))
      const said = lines('no file descriptors are left')
      assert.ok(said.length >= 1 && said.length < 5, `${said.length} lines`)
      assert.deepEqual(lines('tasks that fail get no new requests'), [])
      assert.equal(ended(), false)
    }
  )
}

test(
  'workers without descriptors for connections that they are passed: those are 503, and no worker is blamed',
  LIMIT,
  async (t) => {
    const stage = await openStage(t, 'wire', { maxConnections: 10_000 }, 2)
    const { connect, statuses, lines, ended } = stage
    const kept = Array.from({ length: 10 }, connect)
    assert.deepEqual(await statuses(kept), new Set([200]))
    const crowd: RawClient[] = []
    // Not all at once: it is the workers that shall have none left, not the process that accepts.
    let status: number | undefined
    while (status !== 503) {
      assert.ok(crowd.length < 1200, 'no refusal')
      crowd.push(...Array.from({ length: 40 }, connect))
      const [last] = crowd.slice(-1)
      last?.send(GET)
      status = (await last?.answer())?.status
    }
    assert.deepEqual(await statuses(kept), new Set([200]))
    await well({ crowd, connect })
    assert.deepEqual(await statuses(kept), new Set([200]))
    assert.ok(lines('a worker has no file descriptors left').length >= 1)
    assert.deepEqual(lines('a worker hangs'), [])
    assert.equal(ended(), false)
  }
)

const isRefused = ({ received }: RawClient): boolean => received().includes('GW_EXHAUSTED')

const isOver = ({ socket }: RawClient): boolean => socket.readableEnded || socket.destroyed

/** The crowd leaves, and whoever comes is served: as soon as idle connections to tasks are closed. */
async function well(now: { crowd: readonly RawClient[]; connect: () => RawClient }): Promise<void> {
  for (const { socket } of now.crowd) socket.destroy()
  let status = 0
  for (let tries = 0; status !== 200 && tries < 200; tries += 1) {
    if (tries > 0) await sleep(100)
    const { send, answer, socket } = now.connect()
    send(GET)
    status = (await answer().catch(() => undefined))?.status ?? 0
    socket.destroy()
  }
  assert.equal(status, 200)
}

/** A gateway that may have few files open, and two tasks. */
async function openStage(t: TestContext, lane: string, proxy: object = {}, workers = 1) {
  const held: (() => void)[] = []
  let holds = false
  const script: Script = (_, { socket }) => {
    if (!holds) return OK
    held.push(() => void socket.write(OK))
    return undefined
  }
  const tasks = [await startScriptedTask(script), await startScriptedTask(script)]
  const [port = 0, admin = 0] = await freePorts(2)
  const log: Readonly<Record<string, unknown>>[] = []
  let hasEnded = false
  const gateway: BuiltGateway = await startBuiltGateway({
    openFiles: OPEN_FILES,
    config: {
      workers,
      proxy: { host: '127.0.0.1', port, lane, ...proxy },
      admin: { port: admin },
      shutdown: { delay: '0', timeout: '1s' }
    },
    routes: {
      services: { tasks: { endpoints: tasks.map((task) => `127.0.0.1:${task.port}`) } },
      routes: [{ host: 'myapp.local', service: 'tasks' }]
    },
    onLog: (line) => log.push(line)
  })
  void gateway.ended.then(() => {
    hasEnded = true
  })
  t.after(async () => {
    await gateway.stop()
    await Promise.all(tasks.map((task) => task.close()))
  })
  return {
    connect: () => rawClient(t, port),
    ended: () => hasEnded,
    lines: (text: string) => log.filter(({ msg }) => `${msg}`.includes(text)),
    held: () => held.length,
    hold: () => {
      holds = true
    },
    letGo: () => {
      holds = false
      for (const answer of held.splice(0)) answer()
    },
    async statuses(clients: readonly RawClient[]): Promise<Set<number>> {
      const seen = new Set<number>()
      for (const { send, answer } of clients) {
        send(GET)
        seen.add((await answer()).status)
      }
      return seen
    }
  }
}
