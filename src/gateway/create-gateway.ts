import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { checkValue } from './config/check-value.ts'
import { ConfigError, faultLine } from './config/config-error.ts'
import type { CoreConfig } from './config/core-schema.ts'
import { durationMs } from './config/duration.ts'
import { createControlKernel } from './control-kernel.ts'
import type { Kernel } from './kernel.ts'
import { naming } from './naming.ts'
import type { GatewayHost, GatewayPlugin, ListenAddress } from './plugin.ts'
import { createPluginHost } from './plugin-host.ts'
import type { ControlProcess, TrafficProcesses } from './processes.ts'
import type { Source } from './source.ts'
import { createTrafficKernel } from './traffic-kernel.ts'

/** A plugin with the options it is to get. */
export interface PluginUse {
  readonly plugin: GatewayPlugin
  readonly options: unknown
}

export interface GatewayParts {
  /** In the order of their start; they close in the opposite order. */
  readonly plugins: readonly PluginUse[]
  readonly sources?: readonly Source[]
  readonly log: FastifyBaseLogger
  /** The processes that carry the traffic, or the one that leads this one. Absent: this one does all. */
  readonly others?: TrafficProcesses | ControlProcess
}

/** A running gateway. */
export interface Gateway {
  readonly host: GatewayHost
  /** Where it listens, in the order in which it began to. */
  readonly addresses: readonly ListenAddress[]
  /**
   * Stops gracefully: `/readyz` fails for `shutdown.delay` while requests are still taken, then
   * nothing new is accepted, running requests finish within `shutdown.timeout`, all closes.
   */
  stop(): Promise<void>
}

/** The kernel's own plugin name in logs and as host of the gateway itself. */
const KERNEL = 'gateway'
/** Longest time of a plugin's start, or of its stop beyond `shutdown.timeout`. */
const HOOK_LIMIT_MS = 10_000

/**
 * Starts a gateway: plugins first, then the sources. Resolves when everything listens; the first
 * table may come later.
 * @throws ConfigError when the options of a plugin don't fit its schema, or two have one name
 * @throws what a plugin or a source throws at its start, in a sentence that names it; a listen error
 *   as it is, with `code` and `port`. All that was opened before is closed then.
 */
export async function createGateway(config: CoreConfig, parts: GatewayParts): Promise<Gateway> {
  refuseTwins(parts.plugins)
  const uses = parts.plugins.map(checkedUse)
  const { kernel, begin, markStopping, cut, flush } = createKernel(config, parts)
  // Fastify's limit for one plugin's hook counts at the stop too, which may take all of its time.
  const pluginTimeout = durationMs(config.shutdown.timeout) + HOOK_LIMIT_MS
  const app = fastify({ logger: false, pluginTimeout })
  const host = createPluginHost(kernel, app, KERNEL)
  for (const source of parts.sources ?? []) host.source(source)
  for (const use of uses) registerPlugin(app, kernel, use)
  try {
    // Before anything listens: who connects is to meet somebody who answers.
    await kernel.connections.taken
    await app.ready()
    begin()
  } catch (error) {
    markStopping()
    await app.close()
    throw error
  }

  let stopped: Promise<void> | undefined
  async function stop(): Promise<void> {
    markStopping()
    await wait(durationMs(config.shutdown.delay))
    const timer = setTimeout(cut, durationMs(config.shutdown.timeout))
    await app.close()
    clearTimeout(timer)
    await flush()
  }
  return {
    host,
    addresses: kernel.parts.addresses,
    stop: () => {
      stopped ??= stop()
      return stopped
    }
  }
}

function createKernel(config: CoreConfig, { plugins, log, others }: GatewayParts) {
  if (others?.role === 'traffic') return createTrafficKernel(config, log, others)
  return createControlKernel(config, { plugins: plugins.map(({ plugin }) => plugin), log, others })
}

function registerPlugin(
  app: FastifyInstance,
  kernel: Kernel,
  { plugin, options }: PluginUse
): void {
  app.register(async (instance) => {
    instance.decorate('gateway', createPluginHost(kernel, instance, plugin.name))
    await naming(`plugin ${plugin.name}`, () => plugin.register(instance, options as never))
  })
}

/** @throws ConfigError when two plugins have one name */
function refuseTwins(uses: readonly PluginUse[]): void {
  const names = uses.map(({ plugin }) => plugin.name)
  const twins = names.filter((name, at) => names.indexOf(name) !== at)
  if (twins.length === 0) return
  throw new ConfigError(twins.map((name) => `two plugins are called ${name}: rename one of them`))
}

function checkedUse({ plugin, options }: PluginUse): PluginUse {
  const { value, faults } = checkValue(plugin.options, options)
  if (faults.length === 0) return { plugin, options: value }
  throw new ConfigError(faults.map((fault) => faultLine(`options of plugin ${plugin.name}`, fault)))
}

/** Waits without a timer when there is nothing to wait for. */
async function wait(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}
