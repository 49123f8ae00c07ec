import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../gateway/config/load-config.ts'
import { createGateway, type PluginUse } from '../gateway/create-gateway.ts'
import type { GatewayHost } from '../gateway/plugin.ts'
import { CommandError, type Context } from './context.ts'
import { createLog } from './create-log.ts'
import { loadPlugins } from './load-plugins.ts'
import { marathonSources } from './marathon-sources.ts'
import { copyState } from './state-copy.ts'

/** Built-in plugins that listen or go on reading: of no use for one look. */
const LEFT_OUT = ['admin', 'haproxy', 'health', 'proxy', 'refresh']

const LIMIT_MS = 60_000
const PROGRESS_MS = 2000
const LOOK_EVERY_MS = 20

/**
 * Reads every source once, and the state file of the gateway that may run, compiles the table a gateway of this configuration would have, and lets
 * `use` look at it. Opens no port.
 * @throws CommandError when a source can't be read
 */
export async function readTableOnce<Result>(
  config: Config,
  context: Context,
  use: (host: GatewayHost) => Result | Promise<Result>,
  /** Plugins for this look alone. */
  further: readonly PluginUse[] = []
): Promise<Result> {
  const log = createLog('silent')
  const plugins = (await loadPlugins(config)).filter(
    ({ plugin }) => !LEFT_OUT.includes(plugin.name)
  )
  const sources = await marathonSources(config, { log })
  const state = await copyState(config.core.state.file, context)
  try {
    const shutdown = { delay: '0', timeout: '1s' }
    const gateway = await createGateway(
      { ...config.core, state: { file: state.file }, shutdown },
      { plugins: [...plugins, ...further], sources, log }
    )
    try {
      await waitForSources(gateway.host, context)
      return await use(gateway.host)
    } finally {
      await gateway.stop()
    }
  } finally {
    await state.remove()
  }
}

async function waitForSources(host: GatewayHost, context: Context): Promise<void> {
  const begin = performance.now()
  let told = begin
  for (;;) {
    const { sources } = host.status
    const failed = sources.find(({ failure }) => failure !== undefined)
    if (failed !== undefined) throw new CommandError([`${failed.name}: ${failed.failure}`])
    if (sources.every(({ takenAt }) => takenAt !== undefined)) return
    const now = performance.now()
    if (now - begin > LIMIT_MS) throw new CommandError(['no answer within a minute'])
    if (now - told > PROGRESS_MS) {
      context.err('reading…')
      told = now
    }
    await wait(LOOK_EVERY_MS)
  }
}
