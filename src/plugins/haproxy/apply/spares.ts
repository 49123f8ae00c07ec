import { createHash } from 'node:crypto'
import type { Desired, DesiredBackend } from '../desired.ts'
import { kindOf } from './running.ts'

/** Begins the names of spares, and no others. */
export const SPARE_PREFIX = 'gateway.spare-'

/** Spares are for the commonest kinds of settings; a cluster where each app differs gets few. */
const MAX_KINDS = 32

/**
 * The same state with empty backends beside the others, `perKind` for each kind of settings: a new app
 * takes one without a reload. None without an indirection map, since nothing could lead to them.
 */
export function withSpares(desired: Desired, perKind: number): Desired {
  if (desired.indirection === undefined || perKind === 0) return desired
  const spares = commonestKinds(desired.backends).flatMap((settings) => sparesOf(settings, perKind))
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

function commonestKinds(backends: readonly DesiredBackend[]): (readonly string[])[] {
  const kinds = new Map<string, { settings: readonly string[]; count: number }>()
  for (const backend of backends) {
    const kind = kindOf(backend)
    const known = kinds.get(kind)
    if (known === undefined) kinds.set(kind, { settings: backend.settings, count: 1 })
    else known.count += 1
  }
  const sorted = [...kinds].sort(
    ([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1)
  )
  return sorted.slice(0, MAX_KINDS).map(([, { settings }]) => settings)
}
