import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../../bench/free-ports.ts'
import { createHaproxyKeeper, type HaproxyKeeper } from '../../src/plugins/haproxy/apply/keeper.ts'
import type { KeeperOptions } from '../../src/plugins/haproxy/apply/keeper-options.ts'
import {
  createKeeperTools,
  type HaproxySetup
} from '../../src/plugins/haproxy/apply/keeper-tools.ts'
import { endProcess, readPidFile } from '../../src/plugins/haproxy/apply/master-process.ts'
import type { Desired, DesiredServer } from '../../src/plugins/haproxy/desired.ts'
import { eventually } from './eventually.ts'
import { renderState, type StateParts, server, state } from './haproxy-states.ts'

/** Why tests with a real HAProxy are skipped; false when there is one. */
export const withoutHaproxy: string | false =
  spawnSync('haproxy', ['-v']).status === 0 ? false : 'haproxy is not installed'

export interface HaproxyUnderTest {
  readonly folder: string
  readonly socket: string
  readonly port: number
  readonly log: readonly string[]
  readonly keeper: HaproxyKeeper
  /** A keeper of the same folder, as another gateway would make it. */
  again(part?: Pick<HaproxySetup, 'reloadCommand'>): HaproxyKeeper
  state(parts: Omit<StateParts, 'port' | 'socket'>): Desired
  /** Applies a state and waits until it is in force. */
  settle(desired: Desired): Promise<void>
}

const LIMITS = { spares: 2, rewriteMs: 200, reloadEveryMs: 0, compareMs: 60_000, leaveMs: 60_000 }

/** A keeper of a real HAProxy on a free port; HAProxy is ended when the test ends. */
export async function haproxyUnderTest(
  t: TestContext,
  part: Partial<KeeperOptions & Pick<HaproxySetup, 'reloadCommand' | 'render'>> = {}
): Promise<HaproxyUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  const port = await freePort()
  const socket = join(folder, 'admin.sock')
  const log: string[] = []
  const say = (facts: object, message: string) => {
    log.push(`${message} ${JSON.stringify(facts)}`)
  }
  const options = { ...LIMITS, folder, configFile: 'haproxy.cfg', ...part }
  const setup: HaproxySetup = {
    binary: 'haproxy',
    socket,
    startMs: 20_000,
    stopMs: 100,
    render: renderState,
    log: { debug: say, info: say, warn: say, error: say },
    ...options
  }
  let last: HaproxyKeeper
  const again = (change: Pick<HaproxySetup, 'reloadCommand'> = {}) => {
    last = createHaproxyKeeper(options, createKeeperTools({ ...setup, ...change }))
    return last
  }
  const keeper = again()
  t.after(async () => {
    await last.close({ stopHaproxy: true })
    const left = await readPidFile(setup)
    if (left !== undefined) await endProcess(left, 0)
    await rm(folder, { recursive: true, force: true })
  })
  return {
    folder,
    socket,
    port,
    log,
    keeper,
    again,
    state: (parts) => state({ ...parts, port, socket }),
    async settle(desired) {
      last.apply(desired)
      await settled(last, log)
    }
  }
}

/** Waits until everything that was asked for is in force. */
export async function settled(keeper: HaproxyKeeper, log: readonly string[] = []): Promise<void> {
  try {
    await eventually('HAProxy holds the state', () => keeper.status.settled, 30_000)
  } catch (error) {
    const facts = JSON.stringify(keeper.status, null, 1)
    throw new Error(`${(error as Error).message}\n${facts}\n${log.slice(-20).join('\n')}`)
  }
}

export interface TestTask {
  readonly name: string
  readonly server: DesiredServer
  readonly requests: () => number
  /** Ends as a task does that obeys SIGTERM: what runs is finished. */
  stop(): Promise<void>
}

/** A task that answers with its name; `/slow` after a while. */
export async function startTask(t: TestContext, name: string): Promise<TestTask> {
  let requests = 0
  const task: Server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    requests += 1
    const answer = () => response.end(name)
    if (request.url === '/slow') setTimeout(answer, 1_000)
    else answer()
  })
  await new Promise<void>((resolve) => task.listen(0, '127.0.0.1', resolve))
  const { port } = task.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      task.close(() => resolve())
      task.closeIdleConnections()
    })
  t.after(() => {
    task.closeAllConnections()
    return stop()
  })
  return { name, server: server(name, { port }), requests: () => requests, stop }
}

export interface Load {
  readonly ok: () => number
  readonly failures: readonly string[]
  stop(): Promise<void>
}

/** Clients that ask one after the other on kept connections until they are stopped. */
export function startLoad(port: number, hosts: readonly string[], clients = 8): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const failures: string[] = []
  let ok = 0
  let stopped = false
  const client = async (at: number) => {
    for (let turn = at; !stopped; turn += 1) {
      const answer = await ask(port, hosts[turn % hosts.length] ?? '', { agent })
      if (answer.status === 200) ok += 1
      else failures.push(`${answer.status} ${answer.body.slice(0, 80)}`)
    }
  }
  const running = Array.from({ length: clients }, (_, at) => client(at))
  return {
    ok: () => ok,
    failures,
    async stop() {
      stopped = true
      await Promise.all(running)
      agent.destroy()
    }
  }
}

export interface Answer {
  /** 0: no answer. */
  readonly status: number
  readonly body: string
}

export function ask(
  port: number,
  host: string,
  { agent, path = '/', cookie }: { agent?: Agent; path?: string; cookie?: string } = {}
): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = { host, ...(cookie === undefined ? {} : { cookie }) }
    const request = get(
      { port, host: '127.0.0.1', path, headers, agent: agent ?? false },
      (reply) => {
        let body = ''
        reply.setEncoding('utf8')
        reply.on('data', (text: string) => {
          body += text
        })
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body }))
        reply.on('error', (error) => resolve({ status: 0, body: error.message }))
      }
    )
    request.on('error', (error) => resolve({ status: 0, body: error.message }))
  })
}
