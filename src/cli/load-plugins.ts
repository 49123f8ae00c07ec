import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TObject } from 'typebox'
import { checkValue } from '../gateway/config/check-value.ts'
import { ConfigError } from '../gateway/config/config-error.ts'
import type { Config } from '../gateway/config/load-config.ts'
import type { PluginUse } from '../gateway/create-gateway.ts'
import type { Credentials } from '../gateway/marathon/authorizer.ts'
import type { GatewayPlugin } from '../gateway/plugin.ts'
import { pluginsToStart } from './built-in-plugins.ts'
import { credentialsOf } from './marathon-sources.ts'

/** How many lines of a failure of a foreign module are worth showing. */
const MAX_REASON = 300

/**
 * The built-in plugins with their sections, then the plugins given by path. Nothing is started.
 * @throws ConfigError that names for each bad plugin where it was asked for, its file and the reason
 */
export async function loadPlugins(config: Config): Promise<readonly PluginUse[]> {
  const shown = await shownMarathon(config)
  const uses: PluginUse[] = pluginsToStart(config).map((plugin) => {
    const options = config.sections[plugin.name]
    return { plugin, options: plugin.name === 'admin' ? withMarathon(options, shown) : options }
  })
  const lines: string[] = []
  for (const [index, wanted] of config.core.plugins.entries()) {
    const path = ['plugins', String(index)]
    const file = resolve(config.folder, wanted.path)
    const loaded = await loadPlugin(file, uses)
    if (typeof loaded === 'string') {
      lines.push(`${config.placeOf([...path, 'path'])}: ${path.join('.')}: ${file}: ${loaded}`)
      continue
    }
    const { value, faults } = checkValue(loaded.options, wanted.options, [...path, 'options'])
    for (const fault of faults) {
      const option = fault.path.join('.')
      lines.push(`${config.placeOf(fault.path)}: ${option}: ${fault.reason} (plugin ${file})`)
    }
    uses.push({ plugin: loaded, options: value })
  }
  if (lines.length > 0) throw new ConfigError(lines)
  return uses
}

/** What the admin side is told of Marathon when nobody tells it. */
interface ShownMarathon {
  readonly marathonUrl: string
  readonly marathonAuthorization: string
  readonly marathonCaFile: string
  readonly marathonInsecureSkipVerify: boolean
}

/** The first Marathon there is, with the credentials and the trust that the gateway itself reads it with. */
async function shownMarathon(config: Config): Promise<ShownMarathon> {
  const { urls, caFile, insecureSkipVerify } = config.core.marathon
  const credentials = await credentialsOf(config)
  return {
    marathonUrl: urls[0] ?? '',
    marathonAuthorization: authorizationOf(credentials),
    marathonCaFile: caFile,
    marathonInsecureSkipVerify: insecureSkipVerify
  }
}

/** A service account's token changes all the time: a fixed header can't say it. */
function authorizationOf(credentials: Credentials | undefined): string {
  switch (credentials?.kind) {
    case 'basic': {
      const pair = Buffer.from(`${credentials.user}:${credentials.password}`)
      return `Basic ${pair.toString('base64')}`
    }
    case 'token':
      return `token=${credentials.token}`
    default:
      return ''
  }
}

function withMarathon(options: unknown, shown: ShownMarathon): unknown {
  const given = Object(options) as Partial<ShownMarathon>
  if (given.marathonUrl !== '') return options
  return {
    ...given,
    marathonUrl: shown.marathonUrl,
    marathonAuthorization: given.marathonAuthorization || shown.marathonAuthorization,
    marathonCaFile: given.marathonCaFile || shown.marathonCaFile,
    marathonInsecureSkipVerify: given.marathonInsecureSkipVerify || shown.marathonInsecureSkipVerify
  }
}

/** The plugin of a module, or the reason why there is none. */
async function loadPlugin(
  file: string,
  earlier: readonly PluginUse[]
): Promise<GatewayPlugin | string> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return 'no such file'
  if (!found.isFile()) return 'is no file'
  let module: Readonly<Record<string, unknown>>
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    return importReason(error)
  }
  const candidates = [module['default'], ...Object.values(module)].filter(isPlugin)
  const [plugin] = candidates
  if (plugin === undefined) return 'exports no plugin: make one with definePlugin and export it'
  if (new Set(candidates).size > 1)
    return 'exports several plugins: one of them has to be the default'
  const isTaken = earlier.some((use) => use.plugin.name === plugin.name)
  return isTaken ? `is called ${plugin.name}, as another plugin is` : plugin
}

function isPlugin(value: unknown): value is GatewayPlugin<TObject> {
  if (typeof value !== 'object' || value === null) return false
  const { name, options, register } = value as Partial<Record<keyof GatewayPlugin, unknown>>
  const isNamed = typeof name === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(name)
  const hasSchema = typeof options === 'object' && Reflect.get(options ?? {}, 'type') === 'object'
  return isNamed && hasSchema && typeof register === 'function'
}

function importReason(error: unknown): string {
  if (!(error instanceof Error)) return `fails when it is loaded: ${String(error)}`
  if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return `this Node (${process.version}) can't load TypeScript: needs 22.18 or newer, or a .mjs file`
  }
  const [reason = error.name] = error.message.split('\n', 1)
  return `fails when it is loaded: ${reason.slice(0, MAX_REASON)}`
}
