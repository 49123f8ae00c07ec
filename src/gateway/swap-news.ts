import { contain, type Faults } from './faults.ts'
import { describeDiff } from './model/diff.ts'
import type { Table } from './model/table.ts'
import type { PartRegistry } from './part-registry.ts'
import type { Plane, TableChange } from './plugin.ts'
import type { Role } from './processes.ts'

export interface SwapNewsTools {
  readonly role: Role
  readonly parts: PartRegistry
  readonly faults: Faults
  /** Milliseconds since 1970. */
  now(): number
}

/** Tells the planes of this process of a swap, then whoever listens for changes. */
export function tellSwap(
  { role, parts, faults, now }: SwapNewsTools,
  table: Table,
  previous: Table
): void {
  for (const plane of parts.planes.filter((one) => appliesIn(one, role))) {
    contain(faults, 'plane', () => plane.apply(table, previous), { part: plane.name })
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
  for (const listener of parts.changeListeners) contain(faults, 'change', () => listener(change))
}

function appliesIn({ runsIn = 'control' }: Plane, role: Role): boolean {
  return role === 'both' || role === runsIn
}
