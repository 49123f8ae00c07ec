import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { rawClient } from '../../support/raw-client.ts'
import { OK, type Script, startScriptedTask } from '../../support/scripted-task.ts'
import { request } from '../../support/stage.ts'
import { startSteadyClients } from '../../support/steady-clients.ts'
import { openTwoWorkers } from '../../support/two-workers.ts'

const LIMIT = { timeout: 120_000 }

async function openWorkers(t: TestContext, script?: string | Script) {
  const task = await startScriptedTask(script)
  t.after(() => task.close())
  const door = await openTwoWorkers('wire')
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', ports: [task.port] }])
  return { task, door }
}

test(
  'workers: a crash loses no waiting connection, and another takes its place',
  LIMIT,
  async (t) => {
    const { door } = await openWorkers(t)
    const [victim] = door.crew.workers
    assert.ok(victim?.pid)
    // It takes nothing any more, so what is passed to it waits.
    process.kill(victim.pid, 'SIGSTOP')
    const clients = Array.from({ length: 6 }, () => rawClient(t, door.port))
    for (const { send } of clients) send(request('GET /', 'Connection: close'))
    await eventually('one that waits', () =>
      door.crew.workers.some(({ unclaimed }) => unclaimed > 0)
    )
    process.kill(victim.pid, 'SIGKILL')
    for (const { answer } of clients) assert.equal((await answer()).status, 200)
    await eventually('the replacement', () => door.crew.replaced === 1)
    await door.agree()
    assert.equal(door.crew.workers.length, 2)
    assert.ok(door.crew.workers.every(({ pid }) => pid !== victim.pid))
  }
)

test(
  'workers: one that hangs is replaced, and what it was passed is answered',
  LIMIT,
  async (t) => {
    const { door } = await openWorkers(t)
    const [victim] = door.crew.workers
    assert.ok(victim?.pid)
    process.kill(victim.pid, 'SIGSTOP')
    const clients = Array.from({ length: 6 }, () => rawClient(t, door.port))
    for (const { send } of clients) send(request('GET /', 'Connection: close'))
    for (const { answer } of clients) assert.equal((await answer()).status, 200)
    await eventually('the replacement', () => door.crew.replaced === 1)
  }
)

test('workers: their number changes under load, and no request fails', LIMIT, async (t) => {
  const { door } = await openWorkers(t)
  const load = startSteadyClients(door.port)
  for (const count of [3, 1, 2]) {
    const before = load.answered
    door.crew.setCount(count)
    await eventually(`${count} workers`, () => door.crew.workers.length === count, 60_000)
    await door.agree()
    await eventually('answers', () => load.answered > before + 50, 60_000)
  }
  await load.stop()
  assert.deepEqual(load.failures, [])
})

test(
  'workers: each has every change of the table, and connections are shared out',
  LIMIT,
  async (t) => {
    const { door, task } = await openWorkers(t)
    const other = await startScriptedTask('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
    t.after(() => other.close())
    await door.publish([{ id: '/myapp', ports: [other.port] }])
    const statuses = new Set<number>()
    for (let i = 0; i < 6; i += 1) {
      const { send, answer } = rawClient(t, door.port)
      send(request('GET /'))
      statuses.add((await answer()).status)
    }
    assert.deepEqual([...statuses], [201])
    assert.equal(task.requests.length, 0)
    assert.equal(new Set(door.crew.workers.map(({ table }) => table)).size, 1)
  }
)

test('workers: a stop finishes what runs in any of them', LIMIT, async (t) => {
  const say: (() => void)[] = []
  const { door } = await openWorkers(t, (_request, { socket }) => {
    say.push(() => socket.write(OK))
    return undefined
  })
  const clients = Array.from({ length: 4 }, () => rawClient(t, door.port))
  for (const { send } of clients) send(request('GET /slow'))
  await eventually('four slow requests', () => say.length === 4)
  const stopped = door.stop()
  await eventually('they leave', () => door.crew.workers.every(({ state }) => state === 'leaving'))
  for (const answer of say) answer()
  for (const { answer } of clients) assert.equal((await answer()).status, 200)
  await stopped
  assert.deepEqual(door.crew.workers, [])
})
