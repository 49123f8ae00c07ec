import type { Command } from 'commander'
import { ConfigError } from '../gateway/config/config-error.ts'
import type { Config } from '../gateway/config/load-config.ts'
import {
  createGateway,
  type Gateway,
  type GatewayParts,
  type PluginUse
} from '../gateway/create-gateway.ts'
import type { Crew } from '../plugins/workers/crew.ts'
import { workersPluginFor } from '../plugins/workers/index.ts'
import { addConfigFlags, configOf, optionName } from './config-flags.ts'
import { CommandError, type Context, exitCodes } from './context.ts'
import { createLog } from './create-log.ts'
import { describeError, type PortUse } from './describe-error.ts'
import { loadPlugins } from './load-plugins.ts'
import { marathonSources } from './marathon-sources.ts'
import { outlastFaults } from './outlast-faults.ts'
import { listenForStop } from './stop-signal.ts'
import { startCrew } from './workers.ts'

export const runExamples = [
  'run --marathon http://marathon:8080',
  'run --marathon http://m1:8080,http://m2:8080 --port 8888 --domain example.com',
  'run --config gateway.yaml --log-level debug'
]

/** The gateway itself, until a signal ends it. */
export function addRun(program: Command, context: Context): void {
  const command = program
    .command('run')
    .summary('run the gateway')
    .description(
      'Runs the gateway until SIGTERM or Ctrl-C, which end it gracefully; a second signal ends it at once. The log is JSON lines on standard output. Every option can be said as a flag, as a variable GATEWAY_…, or in the file; a flag wins over a variable, that over the file.'
    )
  addConfigFlags(command).action(async (options: { config?: string }) => {
    const config = await configOf(command, options.config, context)
    await run(config)
  })
}

async function run(config: Config): Promise<void> {
  requireSource(config)
  const plugins = await loadPlugins(config)
  const log = createLog(config.core.log.level)
  const sources = await marathonSources(config, { log })
  const crew = startCrew(config, log)
  const stop = listenForStop(() => {
    crew?.kill()
    process.exit(exitCodes.failed)
  })
  const parts =
    crew === undefined ? { plugins } : { plugins: [...plugins, usedBy(crew)], others: crew }
  const gateway = await start(config, { ...parts, sources, log }).catch((error) => {
    crew?.kill()
    throw error
  })
  outlastFaults(gateway.host.fault)
  await stop.asked
  log.info('stopping; a second signal ends at once')
  await gateway.stop()
  log.info('stopped')
}

function usedBy(crew: Crew): PluginUse {
  return { plugin: workersPluginFor(crew), options: {} }
}

async function start(config: Config, parts: GatewayParts): Promise<Gateway> {
  try {
    return await createGateway(config.core, parts)
  } catch (error) {
    throw new CommandError(describeError(error, portsOf(config)), undefined, { cause: error })
  }
}

/** Ports that the built-in plugins open, with the options that change them. */
export function portsOf({ sections }: Config): readonly PortUse[] {
  return Object.entries(sections).flatMap(([section, options]) =>
    ['port', 'listen'].flatMap((key) => {
      const port = portIn(Reflect.get(Object(options), key))
      return port === undefined ? [] : [{ port, option: optionName([section, key]) }]
    })
  )
}

/** Of a number, or of an address with a port at its end. */
function portIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const digits = typeof value === 'string' ? /(?:^|:)([0-9]+)$/.exec(value)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}

/** @throws ConfigError when nothing says where apps come from */
export function requireSource({ core, sections }: Config): void {
  const file: unknown = Reflect.get(Object(sections['file']), 'path')
  const hasFile = typeof file === 'string' && file !== ''
  if (core.marathon.urls.length > 0 || hasFile || core.plugins.length > 0) return
  throw new ConfigError([
    'nothing to route to: say where Marathon is with --marathon http://HOST:8080 (marathon.urls), or name a file of routes with --file-path (file.path)'
  ])
}
