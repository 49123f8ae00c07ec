import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBlackHole } from '../support/black-hole.ts'
import type { FrontDoorUnderTest, OpenFrontDoor } from '../support/front-door.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { REFUSING_PORT } from '../support/refusing-ports.ts'
import { OK, type Script, type ScriptedTask, startScriptedTask } from '../support/scripted-task.ts'
import { request } from '../support/stage.ts'
import { type Fault, faults } from './faults.table.ts'

const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext'
const LIMIT = { timeout: 240_000 }
const TIMEOUTS = { connect: '300ms', firstByte: '600ms', idle: '600ms' }

/** Each row of the table, one after the other on one gateway; what follows a fault must be right. */
export function faultCases(open: OpenFrontDoor): void {
  let current: Fault | undefined
  let ended: Promise<void> = Promise.resolve()
  let task: ScriptedTask
  let door: FrontDoorUnderTest
  const undo: (() => unknown)[] = []

  before(async () => {
    const hole = await startBlackHole()
    const onEnd = (closed: Promise<void>) => {
      ended = closed
    }
    task = await startScriptedTask(faultyScript(() => current, onEnd))
    door = await open({ proxy: { timeout: TIMEOUTS } })
    undo.push(hole.close, task.close, door.stop)
    await door.publish([
      { id: '/myapp', ports: [task.port] },
      { id: '/gone', ports: [REFUSING_PORT] },
      { id: '/lost', ports: [hole.port] },
      { id: '/none', ports: [] }
    ])
  })
  after(async () => {
    for (const close of undo.reverse()) await close()
  })

  for (const fault of faults) {
    const { name, method = 'GET', expect, tries = 1 } = fault
    const what = expect === 'cut' ? 'cut, never ended' : `${expect.status}`
    test(`${method}, ${name}: ${what}`, LIMIT, async (t) => {
      current = fault
      const asked = task.requests.length
      const client = rawClient(t, door.port)
      if (fault.reusedOnly === true) await expectBody(client, '/warm', 'ok')
      client.send(requestFor(fault))
      const goesOn = await expectOutcome(client, fault)
      if (goesOn) await expectBody(client, '/next', 'next')
      assert.equal(client.received(), '')
      await expectBody(rawClient(t, door.port), '/next', 'next')
      const seen = task.requests.slice(asked).filter(({ target }) => target === '/fault')
      assert.equal(seen.length, tries, 'how often the task was asked')
      // A connection that the task ends late must not be the next row's.
      await ended
    })
  }
}

function faultyScript(
  current: () => Fault | undefined,
  onEnd: (closed: Promise<void>) => void
): Script {
  const answered = new WeakSet<object>()
  return ({ target }, connection) => {
    const fault = current()
    const { socket } = connection
    const isReused = answered.has(connection)
    answered.add(connection)
    if (target === '/next' || fault === undefined) return NEXT
    if (target === '/warm' || (fault.reusedOnly === true && !isReused)) return OK
    const { says = '', ends } = fault
    if (ends === undefined) return says
    // So that what it says is read before a reset, which would overtake it.
    socket.write(says, 'latin1')
    onEnd(connection.closed)
    setTimeout(() => (ends === 'fin' ? socket.end() : socket.resetAndDestroy()), 20)
    return undefined
  }
}

function requestFor({ app, method = 'GET' }: Fault): string {
  const body = method === 'POST' ? 'a body' : ''
  const fields = body === '' ? [] : [`Content-Length: ${body.length}`]
  return request(`${method} /fault`, ...fields).replace('myapp', app ?? 'myapp') + body
}

/** @returns whether the client's connection goes on */
async function expectOutcome(client: RawClient, fault: Fault): Promise<boolean> {
  const { expect, method } = fault
  if (expect === 'cut') {
    await assert.rejects(client.answer(method), /closed without a whole answer/)
    const received = client.received()
    client.clear()
    // A break may overtake the head, but nothing may say that the body is complete.
    assert.match(received, /^(?:HTTP\/1\.1 200[\s\S]*)?$/)
    assert.doesNotMatch(received, /\r\n0\r\n\r\n$/)
    return false
  }
  if ('first' in expect) {
    for (const status of expect.first ?? []) assert.equal((await client.answer()).status, status)
  }
  const { status, body, head } = await client.answer(method)
  assert.equal(status, expect.status)
  if ('code' in expect) expectOwn(head, body, expect)
  else expectTasks(head, body, expect)
  return !/\r\nconnection: close/i.test(head)
}

function expectOwn(head: string, body: string, { status, code }: { status: number; code: string }) {
  assert.match(body, new RegExp(`\\b${code}\\b`))
  assert.doesNotMatch(body, /127\.0\.0\.1|ECONN/)
  if (status === 503) assert.match(head, /\r\nretry-after: /i)
}

function expectTasks(head: string, body: string, expect: Exclude<Fault['expect'], 'cut'>): void {
  if (!('code' in expect) && expect.body !== undefined) assert.equal(body, expect.body)
  if ('has' in expect && expect.has !== undefined) assert.match(head, expect.has)
  if ('lacks' in expect && expect.lacks !== undefined) assert.doesNotMatch(head, expect.lacks)
}

async function expectBody(client: RawClient, target: string, body: string): Promise<void> {
  client.send(request(`GET ${target}`))
  assert.equal((await client.answer()).body, body)
}
