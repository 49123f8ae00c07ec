import type { App } from '../model/app.ts'
import type { HeldApp, HeldLoss } from '../source.ts'

/** What is held of one app. */
export interface Held {
  /** Milliseconds since 1970. */
  readonly since: number
  /** Reads that said the same. */
  confirmations: number
  /** A read that began before this confirms nothing, by the clock. */
  confirmsFrom: number
  /** Its tasks were asked for a connection since it is certain. */
  probed: boolean
  /** Ids of tasks that took none. */
  readonly gone: Set<string>
  /** The app that was made last of what is held and of `now`. */
  merged?: { readonly now: App | undefined; readonly tasks: number; readonly app: App }
}

/** Further reads that have to say the same. */
const CONFIRMATIONS = 2
const MAX_TOLD = 100

export function isConfirmed({ confirmations }: Held): boolean {
  return confirmations >= CONFIRMATIONS
}

/** For operators; undefined when nothing is held. */
export function heldLoss(held: ReadonlyMap<string, Held>): HeldLoss | undefined {
  if (held.size === 0) return undefined
  const all = [...held.values()]
  const apps: HeldApp[] = [...held].slice(0, MAX_TOLD).map(([id, { merged }]) => ({
    id,
    tasks: merged?.tasks ?? 0,
    missing: merged?.now === undefined
  }))
  return {
    since: Math.min(...all.map(({ since }) => since)),
    confirmations: Math.min(...all.map(({ confirmations }) => confirmations)),
    taskCount: all.reduce((sum, { merged }) => sum + (merged?.tasks ?? 0), 0),
    appCount: held.size,
    apps
  }
}
