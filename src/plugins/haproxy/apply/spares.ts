import { createHash } from 'node:crypto'
import type { Desired, DesiredBackend } from '../desired.ts'
import { commonestKinds } from './commonest-kinds.ts'
import { kindOf } from './running.ts'

/** Begins the names of spares, and no others. */
export const SPARE_PREFIX = 'gateway.spare-'

/** Spares are for the commonest kinds of settings; a cluster where each app differs gets few. */
const MAX_KINDS = 32

/**
 * The same state with empty backends beside the others, `perKind` for each kind of settings: a new app
 * takes one without a reload. None for kinds that have a `defaults` section, whose backends are made; and
 * none without an indirection map, since nothing could lead to them.
 */
export function withSpares(desired: Desired, perKind: number): Desired {
  if (desired.indirection === undefined || perKind === 0) return desired
  const made = new Set(desired.defaults?.map(kindOf))
  const others = desired.backends.filter((backend) => !made.has(kindOf(backend)))
  const spares = commonestKinds(others, MAX_KINDS).flatMap(({ settings }) =>
    sparesOf(settings, perKind)
  )
  if (spares.length === 0) return desired
  const backends = [...desired.backends, ...spares].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { ...desired, backends }
}

function sparesOf(settings: readonly string[], count: number): DesiredBackend[] {
  const digest = createHash('sha256').update(settings.join('\n')).digest('hex').slice(0, 12)
  return Array.from({ length: count }, (_, index) => {
    return { name: `${SPARE_PREFIX}${digest}-${index + 1}`, settings, serverWords: [], servers: [] }
  })
}
