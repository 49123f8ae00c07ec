import { emptyTable, type Table } from './model/table.ts'
import { applyPatch, type TablePatch } from './model/table-patch.ts'
import { TableStore } from './state/table-store.ts'
import { type SwapNewsTools, tellSwap } from './swap-news.ts'
import type { TableKeeper } from './table-keeper.ts'

/** Has the table that another process compiles; problems and sources are known there alone. */
export interface TableFollower extends Pick<TableKeeper, 'store' | 'problems' | 'sources'> {
  /**
   * @returns the hash of the table that is in force now; undefined for a piece that others follow
   * @throws RangeError when another table came out than it should be: the last one stays in force,
   *   until a change comes that begins from nothing
   */
  change(patch: TablePatch, whole: boolean): string | undefined
}

export function createTableFollower(tools: SwapNewsTools): TableFollower {
  const store = new TableStore()
  /** What came of the pieces so far; undefined when one was wrong. */
  let growing: Table | undefined = store.current

  store.onSwap((table, previous) => tellSwap(tools, table, previous))
  return {
    store,
    problems: [],
    sources: [],
    change(patch, whole) {
      const base = whole ? emptyTable() : growing
      growing = base && applyPatch(base, patch)
      if (patch.hash === undefined) return undefined
      if (growing === undefined) throw new RangeError(`no table with the hash ${patch.hash}`)
      store.swap(growing)
      return growing.hash
    }
  }
}
