import { emptyTable, type Table } from './model/table.ts'
import { applyPatch } from './model/table-patch.ts'
import type { Follower } from './processes.ts'
import { TableStore } from './state/table-store.ts'
import { type SwapNewsTools, tellSwap } from './swap-news.ts'
import type { TableKeeper } from './table-keeper.ts'

/** Has the table that another process compiles; problems and sources are known there alone. */
export interface TableFollower
  extends Pick<TableKeeper, 'store' | 'problems' | 'sources'>,
    Pick<Follower, 'change'> {}

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
      if (patch.hash === undefined) return
      if (growing === undefined) throw new RangeError(`no table with the hash ${patch.hash}`)
      store.swap(growing)
    }
  }
}
