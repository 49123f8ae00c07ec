import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { ExchangeHandler, UpstreamRequest } from '../../src/gateway/http/upstream/exchange.ts'
import {
  createUpstreamClient,
  defaultUpstreamSettings
} from '../../src/gateway/http/upstream/upstream-client.ts'
import type { Endpoint } from '../../src/gateway/model/route.ts'

/** CPU of this process per small GET to a task in another process: our client against undici's dispatch. */

const COUNT = Number(process.env['COUNT'] ?? 100_000)
const LANES = 64
const HEADERS = [
  'Host',
  'myapp.local',
  'User-Agent',
  'bench',
  'Accept',
  '*/*',
  'X-Forwarded-For',
  '127.0.0.1'
]
const BODY = 'x'.repeat(150)

/** Starts one request; calls back when its answer is complete. */
type Send = (done: () => void) => void

if (process.argv[2] === 'task') serve()
else await compare()

function serve(): void {
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain', 'content-length': BODY.length })
    res.end(BODY)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
}

async function compare(): Promise<void> {
  const task = fork(import.meta.filename, ['task'])
  const port = await new Promise<number>((resolve) =>
    task.once('message', (p) => resolve(Number(p)))
  )
  const ours = ourClient(port)
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: LANES, pipelining: 1 })
  for (let round = 0; round < 3; round++) {
    console.log(`upstream client  ${await microseconds(ours.send)} µs`)
    console.log(`undici dispatch  ${await microseconds(undiciSend(pool))} µs`)
  }
  ours.stop()
  await pool.destroy()
  task.kill()
}

function ourClient(port: number): { send: Send; stop: () => void } {
  const client = createUpstreamClient(defaultUpstreamSettings)
  const endpoint: Endpoint = {
    id: 'bench:0',
    taskId: 'bench',
    host: '127.0.0.1',
    port,
    agent: '127.0.0.1',
    lastResort: false,
    cookie: ''
  }
  const request: UpstreamRequest = {
    method: 'GET',
    target: '/',
    headers: HEADERS,
    body: 'none',
    upgrade: false,
    timeouts: { connectMs: 2000, firstByteMs: 30_000, idleMs: 30_000 }
  }
  const handler = (done: () => void): ExchangeHandler => ({
    onInformational: () => undefined,
    onHead: () => undefined,
    onData: () => true,
    onEnd: done,
    onUpgrade: () => undefined,
    onFailure: ({ reason }) => {
      throw new Error(reason)
    },
    onDrain: () => undefined
  })
  return {
    send: (done) => void client.send(endpoint, request, handler(done)),
    stop: () => client.destroy()
  }
}

function undiciSend(pool: Pool): Send {
  return (done) => {
    pool.dispatch(
      { path: '/', method: 'GET', headers: HEADERS },
      {
        onConnect: () => undefined,
        onHeaders: () => true,
        onData: () => true,
        onComplete: done,
        onError: (error) => {
          throw error
        }
      }
    )
  }
}

async function microseconds(send: Send): Promise<string> {
  const before = process.cpuUsage()
  await new Promise<void>((resolve) => {
    let started = 0
    let finished = 0
    const next = () => {
      if (++finished === COUNT) resolve()
      if (started < COUNT) begin()
    }
    const begin = () => {
      started++
      send(next)
    }
    for (let i = 0; i < LANES; i++) begin()
  })
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / COUNT).toFixed(1)
}
