import type { Command } from '../running-process.ts'
import type { Stage } from '../stage.ts'

/** What starts a proxy: its files, by name in the folder of the stage, and its command. */
export interface Launch {
  readonly files: Readonly<Record<string, string>>
  readonly command: Command
}

/**
 * One proxy that is measured. All do the same work: they route by Host over the same table, send the
 * client's Host on, say X-Forwarded-For, -Proto and -Host, keep connections on both sides, choose
 * tasks in turn, write no access log and give 404 for a host they don't know.
 */
export interface Peer {
  /** As on the command line. */
  readonly id: string
  readonly name: string
  readonly kind: 'direct' | 'server' | 'library' | 'gateway'
  /** Where its settings come from, and what was set that isn't the default. */
  readonly tuning: string
  /** Its version; undefined when it isn't installed. */
  version(): Promise<string | undefined>
  /** Undefined for the way without any proxy. */
  launch(stage: Stage): Launch | undefined
}
