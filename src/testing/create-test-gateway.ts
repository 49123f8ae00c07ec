import type { RequestListener } from 'node:http'
import fastify, { type FastifyBaseLogger } from 'fastify'
import { Type } from 'typebox'
import { request } from 'undici'
import { checkValue } from '../gateway/config/check-value.ts'
import { ConfigError, faultLine } from '../gateway/config/config-error.ts'
import { type CoreConfig, coreSchema } from '../gateway/config/core-schema.ts'
import { createGateway, type PluginUse } from '../gateway/create-gateway.ts'
import type { GatewayHost, GatewayPlugin, Outcome } from '../gateway/plugin.ts'
import { proxyPlugin } from '../plugins/proxy/index.ts'
import { type EchoTask, startEchoTask } from './echo-task.ts'
import { createMemorySource, memoryApp, memoryTask } from './memory-source.ts'

/** An app of a test. */
export interface TestApp {
  /** Absolute id, `/shop/api`. */
  readonly id: string
  readonly labels?: Readonly<Record<string, string>>
  /** Number of tasks, 1 by default. Each is an HTTP server that echoes requests as JSON. */
  readonly tasks?: number
  /** Answers in place of the echo. */
  readonly answer?: RequestListener
}

export interface TestGatewayOptions {
  /** Plugins under test, with their options. */
  readonly plugins?: readonly PluginUse[]
  readonly apps?: readonly TestApp[]
  /** Core configuration, as in a file; what is left out has its default. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Options of the front door, as in a file. */
  readonly proxy?: Readonly<Record<string, unknown>>
}

export interface TestAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON: an `Echo` unless the app answers by itself. */
  json<Body>(): Body
}

export interface TestRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface TestLogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A gateway with a real front door on a free port, real tasks, and no cluster. */
export interface TestGateway {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly host: GatewayHost
  /** Every request that was finished, in order. */
  readonly outcomes: readonly Outcome[]
  /** What was logged from level `info` on: `level` (30 info, 40 warn, 50 error), `msg`, `plugin`, … */
  readonly logs: readonly TestLogLine[]
  /** `http://myapp.local/path?query`: the host goes into the Host header, the rest to the gateway. */
  request(url: string, options?: TestRequest): Promise<TestAnswer>
  /** Replaces all apps; resolves when the table in force says so. */
  setApps(apps: readonly TestApp[]): Promise<void>
  stop(): Promise<void>
}

const QUICK_STOP = { delay: '0', timeout: '5s' }

/**
 * Starts a gateway for a test of a plugin. Stop it at the end of the test.
 * @throws ConfigError for wrong configuration, what a plugin throws at its start otherwise
 */
export async function createTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const source = createMemorySource('test')
  const outcomes: Outcome[] = []
  const logs: TestLogLine[] = []
  const gateway = await createGateway(configOf(options), {
    plugins: [
      { plugin: recorder(outcomes), options: {} },
      ...(options.plugins ?? []),
      {
        plugin: proxyPlugin,
        options: { host: '127.0.0.1', port: 0, ...options.proxy }
      }
    ],
    sources: [source],
    log: recordingLog(logs)
  })
  const port = gateway.addresses.find(({ name }) => name === 'front door')?.port ?? 0
  let tasks: EchoTask[] = []

  async function setApps(apps: readonly TestApp[]): Promise<void> {
    const before = tasks
    const started = await Promise.all(apps.map(startApp))
    tasks = started.flatMap((one) => one.tasks)
    source.publish(started.map((one) => one.app))
    // The table follows in the same turn of the event loop.
    await new Promise(setImmediate)
    await Promise.all(before.map((task) => task.close()))
  }

  await setApps(options.apps ?? [])
  return {
    url: `http://127.0.0.1:${port}`,
    host: gateway.host,
    outcomes,
    logs,
    request: (url, how) => send(port, url, how),
    setApps,
    async stop() {
      await gateway.stop()
      await Promise.all(tasks.map((task) => task.close()))
    }
  }
}

function recorder(outcomes: Outcome[]): GatewayPlugin {
  return {
    name: 'test-recorder',
    options: Type.Object({}),
    register: (app) => app.gateway.observer((outcome) => outcomes.push(outcome))
  }
}

function recordingLog(lines: TestLogLine[]): FastifyBaseLogger {
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return fastify({ logger: { level: 'info', stream } }).log
}

function configOf({ config }: TestGatewayOptions): CoreConfig {
  const { value, faults } = checkValue(coreSchema, { shutdown: QUICK_STOP, ...config })
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => faultLine('config', fault)))
  return value as CoreConfig
}

async function startApp({ id, labels = {}, tasks = 1, answer }: TestApp) {
  const names = Array.from({ length: tasks }, (_, index) => `${id.slice(1)}.${index + 1}`)
  const started = await Promise.all(names.map((name) => startEchoTask(name, answer)))
  const running = started.map((task) => memoryTask(task.id, '127.0.0.1', task.port))
  return { app: memoryApp(id, labels, running), tasks: started }
}

async function send(port: number, url: string, how: TestRequest = {}): Promise<TestAnswer> {
  const { host, pathname, search } = new URL(url)
  const { method = 'GET', headers = {}, body } = how
  const answer = await request(`http://127.0.0.1:${port}${pathname}${search}`, {
    method: method as 'GET',
    headers: { host, ...headers },
    ...(body === undefined ? {} : { body })
  })
  const text = await answer.body.text()
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text,
    json: <Body>() => JSON.parse(text) as Body
  }
}
