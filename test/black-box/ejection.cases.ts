import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { rawClient } from '../support/raw-client.ts'
import { OK, type Script, startScriptedTask } from '../support/scripted-task.ts'
import { blackBox, request } from '../support/stage.ts'

const RESET: Script = (_, { socket }) => {
  socket.resetAndDestroy()
  return undefined
}
const BUSY = 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'

/** Tasks that fail get no requests for a while. */
export function ejectionCases(open: OpenFrontDoor): void {
  blackBox('a task that resets is asked five times, and explain says why no more', async (t) => {
    const stage = await openTwo(t, open, RESET)
    assert.deepEqual(await stage.statuses(30), new Set([200]))
    assert.equal(stage.failing.requests.length, 5)
    assert.match(
      stage.door.explain('myapp.local'),
      /no requests until \S+: \S+ failed again and again \(reset\)/
    )
    assert.match(stage.door.explain('myapp.local'), /Recent failures/)
  })

  blackBox('gateway.ejection: none: it is asked every time', async (t) => {
    const stage = await openTwo(t, open, RESET, { 'gateway.ejection': 'none' })
    assert.deepEqual(await stage.statuses(30), new Set([200]))
    assert.ok(stage.failing.requests.length >= 15)
  })

  blackBox('an error of a task goes to the client, and does not count', async (t) => {
    const stage = await openTwo(t, open, BUSY)
    assert.deepEqual(await stage.statuses(30), new Set([200, 503]))
    assert.equal(stage.failing.requests.length, 15)
  })

  blackBox('an error of a task counts where the app says so', async (t) => {
    const labels = { 'gateway.ejection.statuses': '503', 'gateway.ejection': '3' }
    const stage = await openTwo(t, open, BUSY, labels)
    assert.deepEqual(await stage.statuses(30), new Set([200, 503]))
    assert.equal(stage.failing.requests.length, 3)
  })

  blackBox('it comes back after its time', async (t) => {
    const proxy = { ejection: { after: 2, time: '2s' } }
    let failing = true
    const script: Script = (...asked) => (failing ? RESET(...asked) : OK)
    const stage = await openTwo(t, open, script, {}, proxy)
    await stage.statuses(10)
    assert.equal(stage.failing.requests.length, 2)
    failing = false
    const limit = performance.now() + 10_000
    while (stage.failing.requests.length === 2 && performance.now() < limit) await stage.statuses(2)
    assert.ok(stage.failing.requests.length > 2)
  })

  blackBox('all tasks fail: all of them are asked', async (t) => {
    const proxy = { ejection: { after: 1 }, attempts: 1 }
    const stage = await openTwo(t, open, RESET, {}, proxy, RESET)
    assert.deepEqual(await stage.statuses(10), new Set([502]))
    assert.ok(stage.failing.requests.length >= 4 && stage.other.requests.length >= 4)
  })
}

/** An app of two tasks, of which one fails. */
async function openTwo(
  t: TestContext,
  open: OpenFrontDoor,
  failing: Script | string,
  labels: Readonly<Record<string, string>> = {},
  proxy: Readonly<Record<string, unknown>> = {},
  good: Script | string = OK
) {
  const tasks = [await startScriptedTask(failing), await startScriptedTask(good)] as const
  t.after(() => Promise.all(tasks.map((task) => task.close())))
  const door = await open({ proxy })
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', labels, ports: tasks.map(({ port }) => port) }])
  const { send, answer } = rawClient(t, door.port)
  return {
    door,
    failing: tasks[0],
    other: tasks[1],
    /** Of so many requests, one after the other. */
    async statuses(count: number): Promise<Set<number>> {
      const seen = new Set<number>()
      for (let i = 0; i < count; i++) {
        send(request('GET /'))
        seen.add((await answer()).status)
      }
      return seen
    }
  }
}
