import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../support/eventually.ts'
import type { FrontDoorSettings, OpenFrontDoor } from '../support/front-door.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { REFUSING_PORTS } from '../support/refusing-ports.ts'
import { type ScriptedTask, startScriptedTask } from '../support/scripted-task.ts'
import { blackBox, request } from '../support/stage.ts'

/** Requests wait for a task that is starting. */
export function holdCases(open: OpenFrontDoor): void {
  const label = { 'gateway.hold': '30s' }

  blackBox(
    'requests wait for a task that is starting, and are served in their order',
    async (t) => {
      const { task, clients, start } = await openStarting(t, open, { labels: label })
      const waiting = clients(5)
      for (const [at, { send }] of waiting.entries()) {
        send(request(`GET /${at}`))
        await settled(waiting)
      }
      await start()
      for (const { answer } of waiting) assert.equal((await answer()).status, 200)
      assert.deepEqual(
        task.requests.map(({ target }) => target),
        ['/0', '/1', '/2', '/3', '/4']
      )
    }
  )

  for (const [what, framing, body] of [
    ['a small body', 'Content-Length: 5', 'hello'],
    ['chunks', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n']
  ] as const) {
    blackBox(`a POST with ${what} waits, too, and its body arrives`, async (t) => {
      const { task, clients, start } = await openStarting(t, open, { labels: label })
      const [client] = clients(1) as [RawClient]
      client.send(`${request('POST /', framing)}${body}`)
      await settled([client])
      await start()
      assert.equal((await client.answer()).status, 200)
      assert.deepEqual(
        task.requests.map(({ body: got }) => got),
        ['hello']
      )
    })
  }

  blackBox(
    'without the label, or without a task that is starting, it is 503 at once',
    async (t) => {
      const plain = await openStarting(t, open, {})
      const [one] = plain.clients(1) as [RawClient]
      one.send(request('GET /'))
      assert.equal((await one.answer()).status, 503)
      const none = await openStarting(t, open, { labels: label, starting: 0 })
      const [other] = none.clients(1) as [RawClient]
      other.send(request('GET /'))
      const { status, body } = await other.answer()
      assert.equal(status, 503)
      assert.match(body, /GW_NO_ENDPOINT/)
    }
  )

  blackBox('who has waited for long enough gets 503', async (t) => {
    const { clients } = await openStarting(t, open, { labels: { 'gateway.hold': '300ms' } })
    const [client] = clients(1) as [RawClient]
    client.send(request('GET /'))
    const { status, body } = await client.answer()
    assert.equal(status, 503)
    assert.match(body, /GW_NO_ENDPOINT/)
  })

  blackBox('no more wait than proxy.hold allows, in number and in bytes', async (t) => {
    const hold = { time: '30s', requests: 2, bytes: 1000 }
    const { clients, start } = await openStarting(t, open, { proxy: { hold } })
    const [large, first, second, third] = clients(4) as [RawClient, RawClient, RawClient, RawClient]
    large.send(`${request('POST /', 'Content-Length: 1001')}${'x'.repeat(1001)}`)
    assert.equal((await large.answer()).status, 503)
    first.send(request('GET /'))
    second.send(request('GET /'))
    await settled([first, second])
    third.send(request('GET /'))
    assert.equal((await third.answer()).status, 503)
    await start()
    for (const { answer } of [first, second]) assert.equal((await answer()).status, 200)
  })

  blackBox('a client that goes away makes room', async (t) => {
    const hold = { time: '30s', requests: 1 }
    const { door, clients, start } = await openStarting(t, open, { proxy: { hold } })
    const [gone, stays] = clients(2) as [RawClient, RawClient]
    gone.send(request('GET /'))
    await settled([gone])
    gone.socket.destroy()
    const limit = performance.now() + 10_000
    for (;;) {
      const client = rawClient(t, door.port)
      client.send(request('GET /'))
      const refused = await Promise.race([client.answer().then(() => true), pause(300)])
      if (!refused) break
      assert.ok(performance.now() < limit, 'its place was never free')
    }
    stays.send(request('GET /'))
    assert.equal((await stays.answer()).status, 503)
    await start()
  })
}

/** All known tasks take no connection: most likely they were replaced, and nobody has said so yet. */
export function newsCases(open: OpenFrontDoor): void {
  blackBox('when every task refuses, a request waits for news of another one', async (t) => {
    const { door, task, client } = await openGone(t, open, '30s')
    const waiting = ['GET /', 'POST /'].map((line) => {
      const one = client()
      one.send(request(line, ...(line.startsWith('POST') ? ['Content-Length: 0'] : [])))
      return one
    })
    await settled(waiting)
    await door.publish([{ id: '/myapp', ports: [task.port] }])
    for (const { answer } of waiting) assert.equal((await answer()).status, 200)
  })

  blackBox('in vain: 502, and at once from then on until something changes', async (t) => {
    const { door, task, client } = await openGone(t, open, '2s')
    const first = client()
    first.send(request('GET /'))
    await settled([first])
    const { status, body } = await first.answer()
    assert.equal(status, 502)
    assert.match(body, /GW_UPSTREAM_REFUSED/)
    const begun = performance.now()
    const second = client()
    second.send(request('GET /'))
    assert.equal((await second.answer()).status, 502)
    assert.ok(performance.now() - begun < 2_000, 'it waited again')
    await door.publish([{ id: '/myapp', ports: [task.port] }])
    const third = client()
    third.send(request('GET /'))
    assert.equal((await third.answer()).status, 200)
  })

  blackBox(
    'when the last task dies under a GET, it waits, too; a POST may have been read',
    async (t) => {
      const { door, task, dying, client } = await openDying(t, open, { hold: { refused: '30s' } })
      const [get, post] = [client(), client()]
      get.send(request('GET /'))
      post.send(request('POST /', 'Content-Length: 0'))
      assert.equal((await post.answer()).status, 502)
      await eventually('both requests', () => dying.requests.length === 2)
      await settled([get])
      await door.publish([{ id: '/myapp', ports: [task.port] }])
      assert.equal((await get.answer()).status, 200)
      assert.equal(task.requests.length, 1)
    }
  )

  blackBox('a GET waits no longer than until the time for its first byte is over', async (t) => {
    const proxy = { hold: { refused: '1h' }, timeout: { firstByte: '3s' } }
    const { door, task, dying, client } = await openDying(t, open, proxy)
    const one = client()
    one.send(request('GET /'))
    assert.equal((await one.answer()).status, 502)
    assert.equal(dying.requests.length, 1)
    const next = client()
    next.send(request('GET /'))
    await eventually('its request', () => dying.requests.length === 2)
    await settled([next])
    await door.publish([{ id: '/myapp', ports: [task.port] }])
    assert.equal((await next.answer()).status, 200)
  })

  blackBox('with proxy.hold.refused at 0 it is 502 at once', async (t) => {
    const { client } = await openGone(t, open, '0')
    const one = client()
    one.send(request('GET /'))
    assert.equal((await one.answer()).status, 502)
  })
}

/** An app whose tasks have gone, and one that may come. */
async function openGone(t: TestContext, open: OpenFrontDoor, refused: string) {
  const task = await startScriptedTask()
  t.after(() => task.close())
  const door = await open({ proxy: { hold: { refused } } })
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', ports: REFUSING_PORTS }])
  return { door, task, client: () => rawClient(t, door.port) }
}

/** An app whose only task dies under each request, and one that may come. */
async function openDying(
  t: TestContext,
  open: OpenFrontDoor,
  proxy: NonNullable<FrontDoorSettings['proxy']>
) {
  const dying = await startScriptedTask((_, { socket }) => {
    socket.resetAndDestroy()
    return undefined
  })
  const task = await startScriptedTask()
  t.after(() => Promise.all([dying.close(), task.close()]))
  const door = await open({ proxy })
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', ports: [dying.port] }])
  return { door, task, dying, client: () => rawClient(t, door.port) }
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms))
}

/** What these clients sent is taken in: none of them is answered a moment later. */
async function settled(clients: readonly RawClient[]): Promise<void> {
  await pause(50)
  for (const { received } of clients) assert.equal(received(), '')
}

/** An app whose only task is starting. */
async function openStarting(
  t: TestContext,
  open: OpenFrontDoor,
  given: {
    readonly labels?: Readonly<Record<string, string>>
    readonly proxy?: Readonly<Record<string, unknown>>
    readonly starting?: number
  }
) {
  const { labels = {}, proxy = {}, starting = 1 } = given
  const task: ScriptedTask = await startScriptedTask()
  t.after(() => task.close())
  const door = await open({ proxy })
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', labels, ports: [], starting }])
  return {
    door,
    task,
    clients: (count: number) => Array.from({ length: count }, () => rawClient(t, door.port)),
    start: () => door.publish([{ id: '/myapp', labels, ports: [task.port] }])
  }
}
