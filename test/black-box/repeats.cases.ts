import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { FrontDoorSettings, OpenFrontDoor } from '../support/front-door.ts'
import { startFullTask } from '../support/full-task.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { REFUSING_PORT } from '../support/refusing-ports.ts'
import { OK, type Script, type ScriptedTask, startScriptedTask } from '../support/scripted-task.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** What is tried again, where, and how long it is waited for. */
export function repeatCases(open: OpenFrontDoor): void {
  raceCases(open)
  amplificationCases(open)
  refusedCases(open)
  timeoutCases(open)
  stickyCases(open)
}

/** Answers the first request on a connection; dies at the second without a byte. */
const diesWhenReused =
  (seen: { deaths: number }): Script =>
  (_, connection) => {
    const again = served.has(connection)
    served.add(connection)
    if (!again) return OK
    seen.deaths++
    connection.socket.resetAndDestroy()
    return undefined
  }
const served = new WeakSet<object>()

function raceCases(open: OpenFrontDoor): void {
  blackBox('a reused connection that dies: a GET is answered by another task', async (t) => {
    const seen = { deaths: 0 }
    const { client, tasks } = await openTwo(t, open, diesWhenReused(seen))
    for (let i = 0; i < 4; i++) {
      client.send(request('GET /'))
      assert.equal((await client.answer()).status, 200)
    }
    assert.ok(seen.deaths > 0)
    assert.equal(total(tasks), 4 + seen.deaths)
  })

  blackBox('a reused connection that dies: a POST that was sent is not sent again', async (t) => {
    const seen = { deaths: 0 }
    const { client, tasks } = await openTwo(t, open, diesWhenReused(seen))
    for (let i = 0; i < 2; i++) {
      client.send(request('GET /'))
      assert.equal((await client.answer()).status, 200)
    }
    client.send(`${request('POST /', 'Content-Length: 2')}hi`)
    const { status, body } = await client.answer()
    assert.equal(status, 502)
    assert.match(body, /GW_UPSTREAM\b/)
    assert.equal(seen.deaths, 1)
    assert.equal(total(tasks), 3)
  })

  blackBox('a reused connection that dies: a PUT is sent again with its body', async (t) => {
    const seen = { deaths: 0 }
    const { client, tasks } = await openTwo(t, open, diesWhenReused(seen))
    for (let i = 0; i < 2; i++) {
      client.send(request('GET /'))
      assert.equal((await client.answer()).status, 200)
    }
    client.send(`${request('PUT /', 'Content-Length: 5')}hello`)
    assert.equal((await client.answer()).status, 200)
    assert.equal(seen.deaths, 1)
    const bodies = tasks.flatMap(({ requests }) => requests.map(({ body }) => body)).filter(Boolean)
    assert.deepEqual(bodies, ['hello', 'hello'])
  })

  blackBox('an answer that has begun is never begun again', async (t) => {
    const { client, tasks } = await openTwo(t, open, (_, { socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Le', () => socket.resetAndDestroy())
      return undefined
    })
    client.send(request('GET /'))
    assert.equal((await client.answer()).status, 502)
    assert.equal(total(tasks), 1)
  })
}

/** Repeats that are granted in each ten seconds, however few the requests. */
const LEAST = 64
/** Many more than those. */
const CLIENTS = 10
const EACH = 60

function amplificationCases(open: OpenFrontDoor): void {
  const busy = 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'
  const resets: Script = (_, { socket }) => {
    socket.resetAndDestroy()
    return undefined
  }
  for (const [what, script, status] of [
    ['answers 503', () => busy, 503],
    ['resets', resets, 502]
  ] as const) {
    blackBox(`every task ${what}: tasks get at most 1.2 requests for one`, async (t) => {
      let fails = false
      const { door, tasks } = await openTwo(t, open, (...asked) => (fails ? script(...asked) : OK))
      const ask = async (expected: number) => {
        const { send, answer } = rawClient(t, door.port)
        for (let i = 0; i < EACH; i++) {
          send(request('GET /'))
          assert.equal((await answer()).status, expected)
        }
      }
      fails = true
      const startedAt = performance.now()
      await Promise.all(Array.from({ length: CLIENTS }, () => ask(status)))
      const asked = CLIENTS * EACH
      // A machine so slow that this takes longer gets what each further ten seconds grant.
      const further = LEAST * Math.floor((performance.now() - startedAt) / 9000)
      const made = total(tasks)
      assert.ok(made >= asked && made <= 1.2 * asked + further, `${made} of ${asked}`)
      fails = false
      await ask(200)
    })
  }
}

function refusedCases(open: OpenFrontDoor): void {
  for (const method of ['GET', 'POST', 'PATCH']) {
    blackBox(`a refused connection: a ${method} goes to another task, body and all`, async (t) => {
      const { client, tasks } = await openTwo(t, open, OK, {}, REFUSING_PORT)
      for (let i = 0; i < 3; i++) {
        client.send(`${request(`${method} /`, 'Transfer-Encoding: chunked')}2\r\nhi\r\n0\r\n\r\n`)
        assert.equal((await client.answer()).status, 200)
      }
      assert.equal(total(tasks), 3)
      assert.ok(tasks[0]?.requests.every(({ body }) => body === 'hi'))
    })
  }
}

function timeoutCases(open: OpenFrontDoor): void {
  const silent: Script = () => undefined
  const half: Script = () => 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!'
  const long = { connect: '60s', firstByte: '60s', idle: '60s' }

  blackBox('first byte: 504 after the time configured, and no second attempt', async (t) => {
    const proxy = { timeout: { ...long, firstByte: '300ms' } }
    const { client, tasks } = await openTwo(t, open, silent, { proxy })
    client.send(request('GET /'))
    const { status, body } = await client.answer()
    assert.equal(status, 504)
    assert.match(body, /GW_UPSTREAM_TIMEOUT/)
    assert.equal(total(tasks), 1)
  })

  blackBox('first byte: 504 after the time of the label', async (t) => {
    const labels = { 'gateway.timeout.first-byte': '300ms' }
    const stage = await openStage(t, open, { labels, proxy: { timeout: long }, script: silent })
    const { send, answer } = stage.client()
    send(request('GET /'))
    assert.equal((await answer()).status, 504)
  })

  for (const [by, settings] of Object.entries({
    configuration: { proxy: { timeout: { ...long, idle: '300ms' } } },
    label: { proxy: { timeout: long }, labels: { 'gateway.timeout.idle': '300ms' } }
  })) {
    blackBox(`idle, by ${by}: a task that stops amid its answer breaks the answer`, async (t) => {
      const stage = await openStage(t, open, { ...settings, script: half })
      const { send, closed, received } = stage.client()
      send(request('GET /'))
      await closed
      assert.match(received(), /half!$/)
    })

    blackBox(`idle, by ${by}: a client that stops amid its request gets 408`, async (t) => {
      const stage = await openStage(t, open, { ...settings, script: half })
      const { send, answer } = stage.client()
      send(`${request('POST /', 'Content-Length: 10')}half!`)
      const { status, body } = await answer()
      assert.equal(status, 408)
      assert.match(body, /GW_REQUEST_TIMEOUT/)
      assert.equal(stage.task.requests.length, 0)
    })
  }

  blackBox('idle is no limit of the whole: a slow answer that goes on arrives', async (t) => {
    const proxy = { timeout: { ...long, idle: '400ms', firstByte: '400ms' } }
    const stage = await openStage(t, open, {
      proxy,
      script: (_, { socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
        let left = 10
        const drip = setInterval(() => {
          socket.write('.')
          left -= 1
          if (left === 0) clearInterval(drip)
        }, 100)
        return undefined
      }
    })
    const { send, answer } = stage.client()
    send(request('GET /'))
    assert.equal((await answer()).body, '..........')
  })

  connectTimeoutCases(open)
}

function connectTimeoutCases(open: OpenFrontDoor): void {
  for (const [by, settings] of Object.entries({
    configuration: { proxy: { timeout: { connect: '300ms', firstByte: '60s', idle: '60s' } } },
    label: {
      proxy: { timeout: { connect: '60s', firstByte: '60s', idle: '60s' } },
      labels: { 'gateway.timeout.connect': '300ms' }
    }
  })) {
    blackBox(`connect, by ${by}: a task that can’t be reached is 504`, async (t) => {
      const { labels = {} } = settings as { labels?: Record<string, string> }
      const full = await startFullTask()
      t.after(() => full.close())
      const door = await open({ proxy: settings.proxy })
      t.after(() => door.stop())
      await door.publish([{ id: '/myapp', labels, ports: [full.port] }])
      const { send, answer } = rawClient(t, door.port)
      send(request('GET /'))
      const { status, body } = await answer()
      assert.equal(status, 504)
      assert.match(body, /GW_UPSTREAM_TIMEOUT/)
    })
  }
}

function stickyCases(open: OpenFrontDoor): void {
  blackBox('a sticky cookie leads back to its task, and elsewhere when that is gone', async (t) => {
    const labels = { 'gateway.sticky': 'gw' }
    const { door, client, tasks } = await openTwo(t, open, OK, {}, undefined, labels)
    client.send(request('GET /'))
    const cookie = /gw=[^;]+/.exec((await client.answer()).field('set-cookie') ?? '')?.[0] ?? ''
    assert.match(cookie, /^gw=.+/)
    const own = tasks.find(({ requests }) => requests.length === 1)
    for (let i = 0; i < 5; i++) {
      client.send(request('GET /', `Cookie: a=b; ${cookie}`))
      assert.equal((await client.answer()).field('set-cookie'), undefined)
    }
    assert.equal(own?.requests.length, 6)
    const other = tasks.find((task) => task !== own)
    await door.publish([{ id: '/myapp', labels, ports: [other?.port ?? 0] }])
    client.send(request('GET /', `Cookie: ${cookie}`))
    const moved = await client.answer()
    assert.equal(moved.status, 200)
    assert.match(moved.field('set-cookie') ?? '', /^gw=/)
    assert.equal(other?.requests.length, 1)
  })
}

interface Two {
  readonly door: Awaited<ReturnType<OpenFrontDoor>>
  readonly tasks: readonly ScriptedTask[]
  readonly client: RawClient
}

/** A front door with one app of two tasks that answer alike; or of one task and another port. */
async function openTwo(
  t: TestContext,
  open: OpenFrontDoor,
  script: string | Script,
  settings: FrontDoorSettings = {},
  otherPort?: number,
  labels: Readonly<Record<string, string>> = {}
): Promise<Two> {
  const tasks = await Promise.all(
    (otherPort === undefined ? [1, 2] : [1]).map(() => startScriptedTask(script))
  )
  t.after(() => Promise.all(tasks.map((task) => task.close())))
  const door = await open(settings)
  t.after(() => door.stop())
  const ports = tasks.map(({ port }) => port)
  if (otherPort !== undefined) ports.push(otherPort)
  await door.publish([{ id: '/myapp', labels, ports }])
  return { door, tasks, client: rawClient(t, door.port) }
}

function total(tasks: readonly ScriptedTask[]): number {
  return tasks.reduce((sum, { requests }) => sum + requests.length, 0)
}
