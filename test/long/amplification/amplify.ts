import { Agent, createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../../bench/free-ports.ts'
import { startBuiltGateway } from '../../support/built-gateway.ts'

/** What every task does with every request. */
export type Misery = '503' | 'reset' | 'hangs up'

export interface AmplificationOptions {
  readonly misery: Misery
  readonly lane: 'wire' | 'full'
  readonly seconds: number
  /** GETs per second: requests that may be repeated. */
  readonly rate: number
}

export interface Amplification {
  readonly sent: number
  /** Requests that tasks have read. */
  readonly reached: number
  /** Requests at tasks for each one of a client. */
  readonly factor: number
}

const TASKS = 4
const TICK_MS = 20
const MOST_UNDER_WAY = 200

const MISERIES: Readonly<Record<Misery, (response: ServerResponse) => void>> = {
  '503': (response) => response.writeHead(503).end('no\n'),
  reset: ({ socket }) => socket?.resetAndDestroy(),
  'hangs up': ({ socket }) => socket?.destroy()
}

/** Counts what becomes of requests when no task can do anything: repeats must not make it worse. */
export async function amplify(options: AmplificationOptions): Promise<Amplification> {
  const counts = { sent: 0, reached: 0 }
  const servers = Array.from({ length: TASKS }, () =>
    createServer((_request, response) => {
      counts.reached += 1
      MISERIES[options.misery](response)
    })
  )
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
  try {
    const endpoints = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
    await askThrough(endpoints, options, counts)
  } finally {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  return { ...counts, factor: counts.reached / counts.sent }
}

async function askThrough(
  endpoints: readonly string[],
  options: AmplificationOptions,
  counts: { sent: number }
): Promise<void> {
  const [port = 0, admin = 0] = await freePorts(2)
  const gateway = await startBuiltGateway({
    config: {
      proxy: { host: '127.0.0.1', port, lane: options.lane },
      admin: { port: admin },
      shutdown: { delay: '0ms', timeout: '1s' },
      log: { level: 'error' }
    },
    routes: {
      services: { tasks: { endpoints } },
      routes: [{ host: 'a.test', service: 'tasks' }]
    }
  })
  try {
    await askAll(port, options, counts)
  } finally {
    await gateway.stop()
  }
}

async function askAll(
  port: number,
  { seconds, rate }: AmplificationOptions,
  counts: { sent: number }
): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const endAt = performance.now() + seconds * 1_000
  let underWay = 0
  let due = 0
  for (let at = performance.now(); at < endAt; ) {
    await sleep(TICK_MS)
    const now = performance.now()
    due = Math.min(MOST_UNDER_WAY - underWay, due + ((now - at) * rate) / 1_000)
    at = now
    for (; due >= 1; due -= 1) {
      counts.sent += 1
      underWay += 1
      void askOne(port, agent).then(() => {
        underWay -= 1
      })
    }
  }
  while (underWay > 0) await sleep(TICK_MS)
  agent.destroy()
}

function askOne(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', agent, headers: { host: 'a.test' } }
    const sent = request(options, (answer) => {
      answer.resume().once('close', () => resolve())
    })
    sent.on('error', () => resolve())
    sent.end()
  })
}
