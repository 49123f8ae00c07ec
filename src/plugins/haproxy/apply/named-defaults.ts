import type { Desired } from '../desired.ts'
import { commonestKinds } from './commonest-kinds.ts'

/** HAProxy keeps each of them in memory, and reads it at every start. */
const MOST_DEFAULTS = 256

/**
 * The same state with a `defaults` section for each kind of settings that can be said in one, so that an
 * HAProxy which can make backends makes those of new apps. None without an indirection map, since nothing
 * could lead to them.
 */
export function withDefaults(desired: Desired): Desired {
  if (desired.indirection === undefined) return desired
  const named = desired.backends.filter((backend) => backend.defaults !== undefined)
  const defaults = commonestKinds(named, MOST_DEFAULTS).flatMap(({ defaults: name, settings }) =>
    name === undefined ? [] : [{ name, settings }]
  )
  if (defaults.length === 0) return desired
  return { ...desired, defaults: defaults.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}
