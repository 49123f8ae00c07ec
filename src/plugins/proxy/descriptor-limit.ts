import { readFileSync } from 'node:fs'

/** Where the system does not say: what the usual ones allow at least, once Node has raised it. */
const ASSUMED = 4096
/** For tasks' connections that are kept, Marathon, the admin side, files. */
const MOST_RESERVED = 128
const OPEN_FILES = /^Max open files\s+(\d+|unlimited)/m

/** Most files and connections that this process may have open at once. */
export function descriptorLimit(readLimits: () => string = readOwnLimits): number {
  const [, limit] = OPEN_FILES.exec(readLimits()) ?? []
  if (limit === undefined) return ASSUMED
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit)
}

/** Connections of clients for which there are descriptors. Most are idle as a rule: a quarter is left for those to tasks. */
export function connectionsWithin(limit: number): number {
  const reserve = Math.min(MOST_RESERVED, Math.ceil(limit / 3))
  return Math.max(1, Math.floor(((limit - reserve) * 3) / 4))
}

function readOwnLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1')
  } catch {
    // No Linux.
    return ''
  }
}
