import { join } from 'node:path'
import type { Config } from '../gateway/config/load-config.ts'
import { describeDifferences, shownDifferences } from '../plugins/haproxy/apply/describe-plan.ts'
import { type Differences, differencesOf, isSame } from '../plugins/haproxy/apply/differences.ts'
import { type Looked, lookAtRunning } from '../plugins/haproxy/apply/look-at-running.ts'
import { SPARE_PREFIX } from '../plugins/haproxy/apply/spares.ts'
import type { Desired } from '../plugins/haproxy/desired.ts'
import { lookAtListeners } from '../plugins/haproxy/listeners/look-once.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import { wantedOf } from '../plugins/haproxy/render/listeners.ts'
import { parseConfig, parseMapFile } from '../plugins/haproxy/render/parse-files.ts'
import { CONFIG_FILE, inFolder, withFolder } from '../plugins/haproxy/render/render-files.ts'
import { socketOf } from '../plugins/haproxy/render-options-of.ts'
import { CommandError, type Context } from './context.ts'
import { planeRendering } from './plane-rendering.ts'

export interface DiffOptions {
  /** Options of the plane, with the folder to look at. */
  readonly haproxy: HaproxyOptions
  readonly fallback?: string
  readonly json?: boolean
}

/** An HAProxy that does not run can do all: what would differ matters, not how it would get there. */
const ABLE = {
  version: '',
  addServer: true,
  experimental: false,
  addBackend: false,
  mapTransactions: true
}

/**
 * Tells what HAProxy would get from the table of now, and does not have.
 * @throws CommandError with exit code 1 when anything differs, or nothing is there to compare with
 */
export async function renderDiff(
  config: Config,
  context: Context,
  { haproxy, fallback, json = false }: DiffOptions
): Promise<void> {
  const { desired } = await planeRendering(config, context, {
    haproxy,
    ...(fallback === undefined ? {} : { fallback }),
    async complete(table, options) {
      const { servicePorts } = options
      if (servicePorts === undefined) return options
      const found = await lookAtListeners(haproxy, wantedOf(table, options))
      return { ...options, servicePorts: { ...servicePorts, ...found } }
    }
  })
  const looked = await look(haproxy, desired)
  const { folder } = haproxy
  if (looked === undefined) {
    const socket = socketOf(haproxy)
    throw new CommandError([
      `nothing to compare with: no ${CONFIG_FILE} in ${folder}, and no HAProxy answers at ${socket}`
    ])
  }
  const capabilities = looked.haproxy?.capabilities ?? ABLE
  const differences = differencesOf(looked.running, inFolder(desired, folder), capabilities)
  if (json) context.out(JSON.stringify(shownJson(looked, differences), undefined, 2))
  else for (const line of report(looked, differences, folder)) context.out(line)
  if (!isSame(differences)) throw new CommandError([])
}

function look(haproxy: HaproxyOptions, { maps }: Desired): Promise<Looked | undefined> {
  const { folder } = haproxy
  return lookAtRunning({
    folder,
    configFile: CONFIG_FILE,
    socket: socketOf(haproxy),
    maps: maps.map(({ name }) => name),
    parseConfig: (text) => parseConfig(text, (name) => name.startsWith(SPARE_PREFIX)),
    parseMap: parseMapFile,
    withPaths: (structure) => withFolder(structure, folder)
  })
}

function report(looked: Looked, differences: Differences, folder: string): string[] {
  const { haproxy } = looked
  const file = join(folder, CONFIG_FILE)
  const what =
    haproxy === undefined
      ? `no HAProxy runs; compared with ${file}`
      : `compared with HAProxy ${haproxy.capabilities.version}, process ${haproxy.worker}`
  const guess = `nobody knows what it has loaded; settings are those of ${file}`
  const head = haproxy?.isGuessed === true ? [what, guess] : [what]
  if (isSame(differences)) return [...head, 'no difference']
  return [...head, ...describeDifferences(differences), consequence(looked, differences)]
}

function consequence({ haproxy }: Looked, { reload }: Differences): string {
  if (haproxy === undefined) return 'HAProxy would get all of this at its start'
  return reload === undefined
    ? 'no reload is needed: commands are enough'
    : `a reload is needed: ${reload}`
}

function shownJson({ haproxy }: Looked, differences: Differences): object {
  const { reload, ...others } = shownDifferences(differences)
  return {
    haproxy: haproxy && { version: haproxy.capabilities.version, worker: haproxy.worker },
    same: isSame(differences),
    // Without a process there is none to reload.
    ...(haproxy === undefined || reload === undefined ? {} : { reload }),
    ...others
  }
}
