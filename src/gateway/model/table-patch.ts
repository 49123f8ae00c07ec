import { type Table, updateTable } from './table.ts'
import { changesBetween, type EntryChanges, type TableChanges } from './table-changes.ts'

/** What one process tells another so that it has the same table. Plain serialisable data. */
export interface TablePatch extends TableChanges {
  /** Of the table that comes out; absent in a piece after which more pieces follow. */
  readonly hash?: string
}

/** What makes `next` of `previous`. Small when one was made from the other by a small change. */
export function patchOf(previous: Table, next: Table): TablePatch {
  return { ...changesBetween(previous, next), hash: next.hash }
}

/** @returns undefined when another table comes out than the one the patch was made for */
export function applyPatch(previous: Table, patch: TablePatch): Table | undefined {
  const table = updateTable(previous, patch)
  return patch.hash === undefined || patch.hash === table.hash ? table : undefined
}

/**
 * The patch in pieces of at most `mostEntries`, to be applied in turn, so that no process is held for
 * long. Only the table after the last piece may be used.
 */
export function splitPatch(patch: TablePatch, mostEntries: number): readonly TablePatch[] {
  const { hash, ...changes } = patch
  const pieces: TableChanges[] = []
  for (const [part, { put, removed }] of Object.entries(changes) as Part[]) {
    for (let at = 0; at < put.length; at += mostEntries) {
      pieces.push({ ...NOTHING, [part]: { put: put.slice(at, at + mostEntries), removed: [] } })
    }
    for (let at = 0; at < removed.length; at += mostEntries) {
      pieces.push({ ...NOTHING, [part]: { put: [], removed: removed.slice(at, at + mostEntries) } })
    }
  }
  const last = pieces.pop() ?? NOTHING
  return [...pieces, hash === undefined ? last : { ...last, hash }]
}

type Part = [keyof TableChanges, EntryChanges<unknown>]

const NONE = { put: [], removed: [] }
const NOTHING: TableChanges = { routes: NONE, services: NONE, appRoutes: NONE, portRoutes: NONE }
