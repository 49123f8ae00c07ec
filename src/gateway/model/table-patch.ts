import type { LayeredMap } from './layered-map.ts'
import { type Table, updateTable } from './table.ts'
import type { EntryChanges, TableChanges } from './table-changes.ts'

/** What one process tells another so that it has the same table. Plain serialisable data. */
export interface TablePatch extends TableChanges {
  /** Of the table that comes out; absent in a piece after which more pieces follow. */
  readonly hash?: string
}

/** @returns undefined when another table comes out than the one the patch was made for */
export function applyPatch(previous: Table, patch: TablePatch): Table | undefined {
  const table = updateTable(previous, patch)
  return patch.hash === undefined || patch.hash === table.hash ? table : undefined
}

/**
 * What makes `next` of `previous`, in pieces of at most `mostEntries`, to be applied in turn, so that no
 * process is held for long: each is made when it is asked for. Only the table after the last piece, the
 * one with a hash, may be used. Costs what differs when one table was made from the other.
 */
export function* patchPieces(
  previous: Table,
  next: Table,
  mostEntries: number
): Generator<TablePatch, void, undefined> {
  let last: TableChanges = NOTHING
  for (const [part, before, after] of partsOf(previous, next)) {
    for (const changes of changesInPieces(before, after, mostEntries)) {
      if (last !== NOTHING) yield last
      last = { ...NOTHING, [part]: changes }
    }
  }
  yield { ...last, hash: next.hash }
}

function partsOf(
  previous: Table,
  next: Table
): readonly [keyof TableChanges, LayeredMap<object>, LayeredMap<object>][] {
  return [
    ['routes', previous.routes, next.routes],
    ['services', previous.services, next.services],
    ['appRoutes', previous.apps, next.apps],
    ['portRoutes', previous.ports, next.ports]
  ]
}

function* changesInPieces(
  before: LayeredMap<object>,
  after: LayeredMap<object>,
  mostEntries: number
): Generator<EntryChanges<object>, void, undefined> {
  let put: [string, object][] = []
  let removed: string[] = []
  for (const key of before.changedKeys(after)) {
    const value = after.get(key)
    if (value === undefined) removed.push(key)
    else put.push([key, value])
    if (put.length + removed.length < mostEntries) continue
    yield { put, removed }
    put = []
    removed = []
  }
  if (put.length + removed.length > 0) yield { put, removed }
}

const NONE = { put: [], removed: [] }
const NOTHING: TableChanges = { routes: NONE, services: NONE, appRoutes: NONE, portRoutes: NONE }
