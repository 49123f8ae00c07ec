import type { FastifyBaseLogger } from 'fastify'
import { describeDiff } from './model/diff.ts'
import type { Table } from './model/table.ts'
import type { PartRegistry } from './part-registry.ts'
import type { Plane, TableChange } from './plugin.ts'
import type { Role } from './processes.ts'

export interface SwapNewsTools {
  readonly role: Role
  readonly parts: PartRegistry
  readonly log: FastifyBaseLogger
  /** Milliseconds since 1970. */
  now(): number
}

/** Tells the planes of this process of a swap, then whoever listens for changes. */
export function tellSwap(
  { role, parts, log, now }: SwapNewsTools,
  table: Table,
  previous: Table
): void {
  for (const plane of parts.planes.filter((one) => appliesIn(one, role))) {
    guarded(log, plane.name, () => plane.apply(table, previous))
  }
  let lines: readonly string[] | undefined
  const change: TableChange = {
    at: now(),
    table,
    previous,
    // Not everybody reads them, and those of a large cluster's first table are many.
    get lines() {
      lines ??= describeDiff(previous, table)
      return lines
    }
  }
  for (const listener of parts.changeListeners) guarded(log, 'onChange', () => listener(change))
}

function appliesIn({ runsIn = 'control' }: Plane, role: Role): boolean {
  return role === 'both' || role === runsIn
}

/** A plugin's failure is its own: it is logged and the others go on. */
export function guarded(log: FastifyBaseLogger, where: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    log.error({ err: error, where }, `${where} failed`)
  }
}
