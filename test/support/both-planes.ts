import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { freePorts } from '../../bench/free-ports.ts'
import { checkValue } from '../../src/gateway/config/check-value.ts'
import { type CoreConfig, coreSchema } from '../../src/gateway/config/core-schema.ts'
import { createGateway, type Gateway, type PluginUse } from '../../src/gateway/create-gateway.ts'
import { fallbackSocketsOf } from '../../src/plugins/haproxy/fallback-sockets.ts'
import { haproxyPluginFor } from '../../src/plugins/haproxy/index.ts'
import { type HaproxyOptions, haproxyOptions } from '../../src/plugins/haproxy/options.ts'
import { proxyPluginFor } from '../../src/plugins/proxy/index.ts'
import { type ProxyOptions, proxyOptions } from '../../src/plugins/proxy/options.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../src/testing/memory-source.ts'
import { eventually } from './eventually.ts'
import {
  type AppUnderTest,
  explainerOf,
  type FrontDoorSettings,
  type OpenFrontDoor
} from './front-door.ts'
import { pluginOf } from './plugin-under-test.ts'

export interface BothPlanesSettings extends FrontDoorSettings {
  /** Options of HAProxy, as in a file. */
  readonly haproxy?: Readonly<Record<string, unknown>>
}

/** A real HAProxy at the front port, and the proxy plane behind it. */
export interface BothPlanes {
  readonly gateway: Gateway
  readonly folder: string
  readonly ports: readonly number[]
  explain(host: string): string
  /** Resolves when HAProxy has the table in force. */
  publish(apps: readonly AppUnderTest[]): Promise<void>
  stop(): Promise<void>
}

export async function startBothPlanes({
  proxy = {},
  haproxy = {},
  config,
  plugins = []
}: BothPlanesSettings = {}): Promise<BothPlanes> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-both-'))
  const front = await frontOptions(proxy)
  const options = { folder, ...haproxy }
  const checked = checkValue(haproxyOptions, options).value as HaproxyOptions
  const { fallback, ...behind } = fallbackSocketsOf(checked, front)
  const source = createMemorySource('test')
  const core = { shutdown: { delay: '0', timeout: '5s' }, ...config }
  const gateway = await createGateway(checkValue(coreSchema, core).value as CoreConfig, {
    plugins: [
      { plugin: haproxyPluginFor(front, { fallback }), options },
      { plugin: proxyPluginFor(behind), options: front },
      ...plugins
    ],
    sources: [source],
    log: fastify({ logger: { level: process.env['LOG'] ?? 'silent' } }).log
  })
  return {
    gateway,
    folder,
    ports: [front, ...front.listeners].map(({ port }) => port),
    async publish(apps) {
      source.publish(apps.map(appOf))
      await eventually('HAProxy has a first table', () =>
        gateway.addresses.some(({ name }) => name === 'front door (HAProxy)')
      )
    },
    explain: explainerOf(gateway),
    async stop() {
      await gateway.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Complete, and with ports that are free instead of 0: HAProxy takes none by itself. */
async function frontOptions(given: Readonly<Record<string, unknown>>): Promise<ProxyOptions> {
  const { listeners = [] } = given as { listeners?: readonly object[] }
  const [port, ...others] = await freePorts(1 + listeners.length)
  const front = {
    host: '127.0.0.1',
    ...given,
    port,
    listeners: listeners.map((one, at) => ({ ...one, port: others[at] }))
  }
  return checkValue(proxyOptions, front).value as ProxyOptions
}

/** A resolver that might decide in code: HAProxy can carry no route then. */
export const undecided: PluginUse = pluginOf('undecided', (host) =>
  host.resolver({ name: 'undecided', routes: () => [], find: () => undefined })
)

/** The full lane behind a real HAProxy, which passes every request on to it. */
export const openBehindHaproxy: OpenFrontDoor = async (settings = {}) => {
  const plugins = [undecided, ...(settings.plugins ?? [])]
  // HAProxy waits for what clients of these tests leave open.
  const config = { shutdown: { delay: '0', timeout: '100ms' }, ...settings.config }
  const { ports, publish, stop, explain } = await startBothPlanes({ ...settings, config, plugins })
  return { port: ports[0] ?? 0, ports, healthPort: 0, publish, stop, explain }
}

function appOf({ id, labels = {}, ports }: AppUnderTest) {
  const tasks = ports.map((port) => memoryTask(`${id.slice(1)}.${port}`, '127.0.0.1', port))
  return memoryApp(id, labels, tasks)
}
