import type { Config } from '../gateway/config/load-config.ts'
import type { Table } from '../gateway/model/table.ts'
import { checksPasswords } from '../plugins/haproxy/apply/checks-passwords.ts'
import { fallbackSocketsOf } from '../plugins/haproxy/fallback-sockets.ts'
import { lookUpHosts } from '../plugins/haproxy/look-up-hosts.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import { desiredOf, type Rendering } from '../plugins/haproxy/render/desired-of.ts'
import type { FrontDoorOptions } from '../plugins/haproxy/render/front-door-options.ts'
import type { RenderOptions } from '../plugins/haproxy/render/options.ts'
import { findersOf, renderOptionsOf } from '../plugins/haproxy/render-options-of.ts'
import type { Context } from './context.ts'
import { readTableOnce } from './read-table-once.ts'

export interface PlaneRenderingOptions {
  /** Options of the plane; those of the configuration apart from what the command line changes. */
  readonly haproxy: HaproxyOptions
  /** Socket of a proxy plane behind it, if it is another one than the configuration has. */
  readonly fallback?: string
  /** What else has to be found out. */
  complete(table: Table, options: RenderOptions): Promise<RenderOptions>
}

/** What the haproxy plane of this configuration would render for the table of now. Starts nothing. */
export async function planeRendering(
  config: Config,
  context: Context,
  { haproxy, fallback, complete }: PlaneRenderingOptions
): Promise<Rendering> {
  const { table, finders } = await readTableOnce(config, context, (host) => ({
    table: host.table,
    finders: findersOf(host.parts)
  }))
  const front = config.sections['proxy'] as FrontDoorOptions
  const options = renderOptionsOf(haproxy, front, {
    finders,
    passwords: await checksPasswords(haproxy.binary),
    addresses: await lookUpHosts(table),
    ...behindOf(config, front),
    ...(fallback === undefined ? {} : { fallback })
  })
  return desiredOf(table, await complete(table, options))
}

/** With both planes, the proxy plane listens where the configuration says, whatever the files' folder. */
function behindOf({ core, sections }: Config, front: FrontDoorOptions): { fallback?: string } {
  if (core.plane !== 'both') return {}
  const { fallback } = fallbackSocketsOf(sections['haproxy'] as HaproxyOptions, front)
  return { fallback }
}
