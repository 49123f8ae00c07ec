import fastify from 'fastify'
import { checkValue } from '../../src/gateway/config/check-value.ts'
import { type CoreConfig, coreSchema } from '../../src/gateway/config/core-schema.ts'
import { createGateway, type Gateway, type PluginUse } from '../../src/gateway/create-gateway.ts'
import { renderExplanation } from '../../src/gateway/model/explain-text.ts'
import type { TrafficProcesses } from '../../src/gateway/processes.ts'
import type { Source, SourceSink } from '../../src/gateway/source.ts'
import { proxyPlugin } from '../../src/plugins/proxy/index.ts'
import { memoryApp, memoryTask } from '../../src/testing/memory-source.ts'

/** An app of a black-box test; its tasks are ports on this machine. */
export interface AppUnderTest {
  readonly id: string
  readonly labels?: Readonly<Record<string, string>>
  readonly ports: readonly number[]
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs?: number
  /** Further tasks that are starting. */
  readonly starting?: number
}

/** A front door as a black box: a port that takes requests, and apps it is told of. */
export interface FrontDoorUnderTest {
  readonly port: number
  /** Ports of all listeners, the front door first. */
  readonly ports: readonly number[]
  /** Port of the health checks, 0 without that plugin. */
  readonly healthPort: number
  /** Replaces all apps; resolves when the table in force says so. Before the first call there is none. */
  publish(apps: readonly AppUnderTest[]): Promise<void>
  /** What `explain` says of `GET /` on that host, as text. */
  explain(host: string): string
  stop(): Promise<void>
}

export interface FrontDoorSettings {
  /** Options of the front door, as in a file. */
  readonly proxy?: Readonly<Record<string, unknown>>
  /** Core configuration, as in a file. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Plugins beside the front door. */
  readonly plugins?: readonly PluginUse[]
}

/** Opens a front door of one lane. The black-box suite is run with one of these per lane. */
export type OpenFrontDoor = (settings?: FrontDoorSettings) => Promise<FrontDoorUnderTest>

/** The full lane, in this process. */
export const openFullLane: OpenFrontDoor = (settings) => openLane('full', settings)

/** The wire lane, with the full one behind it. */
export const openWireLane: OpenFrontDoor = (settings) => openLane('wire', settings)

/** @param others processes that carry the traffic; they have the same settings */
export async function openLane(
  lane: 'full' | 'wire',
  { proxy, config, plugins = [] }: FrontDoorSettings = {},
  others?: TrafficProcesses
): Promise<FrontDoorUnderTest & { hash(): string }> {
  const source = createSilentSource()
  const core = { shutdown: { delay: '0', timeout: '5s' }, ...config }
  const gateway = await createGateway(checkValue(coreSchema, core).value as CoreConfig, {
    plugins: [
      ...plugins,
      { plugin: proxyPlugin, options: { host: '127.0.0.1', port: 0, lane, ...proxy } }
    ],
    sources: [source],
    log: fastify({ logger: { level: 'silent' } }).log,
    ...(others !== undefined && { others })
  })
  const portsOf = (what: string): number[] =>
    gateway.addresses.filter(({ name }) => name === what).map(({ port }) => port)
  const ports = portsOf('front door')
  return {
    port: ports[0] ?? 0,
    ports,
    healthPort: portsOf('health checks')[0] ?? 0,
    async publish(apps) {
      source.publish(apps)
      // The table follows in the same turn of the event loop.
      await new Promise(setImmediate)
    },
    hash: () => gateway.host.table.hash,
    explain: explainerOf(gateway),
    stop: () => gateway.stop()
  }
}

/** The explanation of `GET /` on a host, as text. */
export function explainerOf({ host: gateway }: Gateway): (host: string) => string {
  const asked = { target: '/', method: 'GET', header: () => undefined }
  return (host) => renderExplanation(gateway.explain({ host, ...asked }))
}

/** Says nothing until it is told to. */
function createSilentSource(): Source & { publish(apps: readonly AppUnderTest[]): void } {
  let sink: SourceSink | undefined
  const nothing = { routes: [], services: [], overrides: [], problems: [] }
  return {
    name: 'test',
    start: (given) => {
      sink = given
    },
    refresh: () => undefined,
    publish: (apps) =>
      sink?.publish({ source: 'test', takenAt: Date.now(), apps: apps.map(appOf), ...nothing })
  }
}

function appOf({ id, labels = {}, ports, killGraceMs, starting = 0 }: AppUnderTest) {
  const tasks = ports.map((port) => memoryTask(`${id.slice(1)}.${port}`, '127.0.0.1', port))
  const others = Array.from({ length: starting }, (_, at) => ({
    ...memoryTask(`${id.slice(1)}.starting-${at}`, '127.0.0.1', 0),
    state: 'TASK_STAGING' as const
  }))
  const app = memoryApp(id, labels, [...tasks, ...others])
  return killGraceMs === undefined ? app : { ...app, killGraceMs }
}
