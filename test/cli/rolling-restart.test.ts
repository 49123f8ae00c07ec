import assert from 'node:assert/strict'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../bench/free-ports.ts'
import { type BuiltGateway, startBuiltGateway } from '../support/built-gateway.ts'
import { eventually } from '../support/eventually.ts'

const LIMIT = { timeout: 500_000 }
const POLL_MS = 50
const PAUSE_MS = 5
const STREAM_MS = 400

/** One of the two gateways, as a load balancer knows it. */
interface Member {
  readonly port: number
  readonly admin: number
  readonly lane: 'wire' | 'full'
  readonly agent: Agent
  isReady: boolean
  gateway?: BuiltGateway
}

test(
  'a rolling restart of two gateways loses no request, though nobody repeats one',
  LIMIT,
  async (t) => {
    const seen = { requests: 0 }
    const tasks = [await startTask(t, seen), await startTask(t, seen)]
    const ports = await freePorts(4)
    const members: Member[] = (['wire', 'full'] as const).map((lane, at) => {
      const [port = 0, admin = 0] = ports.slice(at * 2)
      return { port, admin, lane, agent: new Agent({ keepAlive: true }), isReady: false }
    })
    const over = new AbortController()
    t.after(async () => {
      over.abort()
      for (const { gateway, agent } of members) {
        await gateway?.stop()
        agent.destroy()
      }
    })
    for (const member of members) await start(member, tasks)
    for (const member of members) void poll(member, over.signal)
    await eventually('both are ready', () => members.every(({ isReady }) => isReady))

    const counts = { sent: 0, from: new Map<number, number>() }
    const failures: string[] = []
    const clients = Array.from({ length: 8 }, (_, at) =>
      ask(at, { members, counts, failures, over })
    )
    for (const member of members) {
      const before = counts.sent
      await eventually('requests', () => counts.sent > before + 50)
      await member.gateway?.stop()
      assert.deepEqual(await member.gateway?.ended, { code: 0, signal: null })
      await start(member, tasks)
      await eventually('it is ready again', () => member.isReady)
    }
    over.abort()
    await Promise.all(clients)
    assert.deepEqual(failures, [])
    assert.equal(seen.requests, counts.sent, 'each request reached one task')
    for (const { port } of members)
      assert.ok((counts.from.get(port) ?? 0) > 50, `${port} took part`)
  }
)

async function start(member: Member, tasks: readonly number[]): Promise<void> {
  const { port, admin, lane } = member
  member.gateway = await startBuiltGateway({
    config: {
      proxy: { host: '127.0.0.1', port, lane },
      admin: { port: admin },
      shutdown: { delay: '1500ms', timeout: '20s' }
    },
    routes: {
      services: { tasks: { endpoints: tasks.map((task) => `127.0.0.1:${task}`) } },
      routes: [{ host: 'a.test', service: 'tasks' }]
    }
  })
}

/** What a load balancer does: asks whether the gateway is ready, and that alone decides. */
async function poll(member: Member, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    member.isReady = await fetch(`http://127.0.0.1:${member.admin}/readyz`).then(
      async ({ status, body }) => {
        await body?.cancel()
        return status === 200
      },
      () => false
    )
    await sleep(POLL_MS)
  }
}

interface Asking {
  readonly members: readonly Member[]
  readonly counts: { sent: number; readonly from: Map<number, number> }
  readonly failures: string[]
  readonly over: AbortController
}

async function ask(client: number, { members, counts, failures, over }: Asking): Promise<void> {
  for (let turn = client; !over.signal.aborted; turn += 1) {
    const ready = members.filter(({ isReady }) => isReady)
    const member = ready[turn % ready.length]
    if (member === undefined) {
      failures.push('no gateway was ready')
      return
    }
    const method = turn % 3 === 0 ? 'POST' : 'GET'
    const path = client === 0 ? '/stream' : '/'
    counts.sent += 1
    counts.from.set(member.port, (counts.from.get(member.port) ?? 0) + 1)
    const fault = await askOnce(member, { method, path, fresh: client === 1 })
    if (fault !== undefined) failures.push(`${member.lane}: ${method} ${path}: ${fault}`)
    await sleep(PAUSE_MS)
  }
}

/** @returns what went wrong */
function askOnce(
  { port, agent }: Member,
  { method, path, fresh }: { method: string; path: string; fresh: boolean }
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { host: 'a.test' }
    const options = { port, host: '127.0.0.1', method, path, headers, agent: fresh ? false : agent }
    const sent = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('close', () => {
        const whole = answer.complete && answer.statusCode === 200 && text.endsWith('end\n')
        resolve(whole ? undefined : `${answer.statusCode} ${text}`)
      })
      answer.on('error', () => undefined)
    })
    sent.on('error', (error) => resolve(error.message))
    sent.end(method === 'POST' ? 'some text' : undefined)
  })
}

/** Answers `/stream` in two parts, everything else at once. */
async function startTask(
  t: { after(undo: () => void): void },
  seen: { requests: number }
): Promise<number> {
  const server = createServer((asked, answer) => {
    seen.requests += 1
    asked.resume()
    const isStream = asked.url === '/stream'
    if (isStream) answer.write('begin ')
    setTimeout(() => answer.end('end\n'), isStream ? STREAM_MS : 0)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}
