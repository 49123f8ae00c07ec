import type { DesiredBackend } from '../desired.ts'
import { kindOf } from './running.ts'

/** One backend of each kind of settings, at most so many: those of the commonest kinds. */
export function commonestKinds(
  backends: readonly DesiredBackend[],
  most: number
): readonly DesiredBackend[] {
  const kinds = new Map<string, { readonly backend: DesiredBackend; count: number }>()
  for (const backend of backends) {
    const kind = kindOf(backend)
    const known = kinds.get(kind)
    if (known === undefined) kinds.set(kind, { backend, count: 1 })
    else known.count += 1
  }
  const sorted = [...kinds].sort(
    ([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1)
  )
  return sorted.slice(0, most).map(([, { backend }]) => backend)
}
