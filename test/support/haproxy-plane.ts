import { join } from 'node:path'
import type { TestContext } from 'node:test'
import fastify from 'fastify'
import { Agent, request } from 'undici'
import { freePort } from '../../bench/free-ports.ts'
import { parseCoreConfig } from '../../src/gateway/config/load-config.ts'
import { createGateway, type Gateway } from '../../src/gateway/create-gateway.ts'
import { adminPlugin } from '../../src/plugins/admin/index.ts'
import { haproxyPluginFor } from '../../src/plugins/haproxy/index.ts'
import { metricsPlugin } from '../../src/plugins/metrics/index.ts'
import { type EchoTask, startEchoTask } from '../../src/testing/echo-task.ts'
import {
  createMemorySource,
  type MemorySource,
  memoryTask
} from '../../src/testing/memory-source.ts'
import { tempFolder } from './temp-folder.ts'

const timeout = {
  connect: '2s',
  firstByte: '60s',
  idle: '1s',
  tunnel: '1h',
  head: '10s',
  keepAlive: '65s'
}

export interface HaproxyPlane {
  readonly source: MemorySource
  readonly gateway: Gateway
  readonly folder: string
  /** Of HAProxy's front door, on 127.0.0.1. */
  readonly port: number
  /** `http://127.0.0.1:port` of the admin side. */
  readonly admin: string
  /** Asks HAProxy for a host. */
  get(host: string, path?: string): Promise<{ readonly status: number; readonly text: string }>
}

/** A gateway whose plane is a real HAProxy on a free port, with an admin side. */
export async function startHaproxyPlane(
  t: TestContext,
  {
    token = '',
    idle = timeout.idle,
    trustedProxies = [],
    ...options
  }: {
    readonly token?: string
    readonly idle?: string
    readonly trustedProxies?: string[]
    readonly [option: string]: unknown
  } = {}
): Promise<HaproxyPlane> {
  const port = await freePort()
  const source = createMemorySource('test')
  const plugin = haproxyPluginFor({
    host: '127.0.0.1',
    port,
    appIdHeader: false,
    listeners: [],
    trustedProxies,
    timeout: { ...timeout, idle },
    attempts: 3,
    maxConnectionsPerEndpoint: 1024,
    ejection: { after: 5 },
    slowStart: '0',
    maxHeadBytes: 32_768,
    maxFields: 200,
    maxTargetBytes: 8192
  })
  const folder = join(await tempFolder(t), 'haproxy')
  const gateway = await createGateway(parseCoreConfig({ shutdown: { delay: '0' } }), {
    plugins: [
      { plugin, options: { folder, ...options } },
      { plugin: metricsPlugin, options: {} },
      { plugin: adminPlugin, options: { port: 0, token } }
    ],
    sources: [source],
    log: fastify({ logger: { level: 'silent' } }).log
  })
  t.after(() => gateway.stop())
  const agent = new Agent()
  t.after(() => agent.close())
  const adminPort = gateway.addresses.find(({ name }) => name === 'admin side')?.port
  return {
    source,
    gateway,
    folder,
    port,
    admin: `http://127.0.0.1:${adminPort}`,
    async get(host, path = '/') {
      const url = `http://127.0.0.1:${port}${path}`
      const answer = await request(url, { dispatcher: agent, headers: { host } })
      return { status: answer.statusCode, text: await answer.body.text() }
    }
  }
}

/** Tasks that echo, named `<app>.1` and so on. */
export async function echoTasks(t: TestContext, app: string, count: number): Promise<EchoTask[]> {
  const ids = Array.from({ length: count }, (_, index) => `${app}.${index + 1}`)
  const tasks = await Promise.all(ids.map((id) => startEchoTask(id)))
  t.after(() => Promise.all(tasks.map((task) => task.close())))
  return tasks
}

/** As a source publishes them. */
export function runningTasks(tasks: readonly EchoTask[]) {
  return tasks.map(({ id, port }) => memoryTask(id, '127.0.0.1', port))
}
