import type { LayeredMap } from './layered-map.ts'
import type { Route, Service } from './route.ts'

/** What is put and what is removed, by key. */
export interface EntryChanges<Value> {
  readonly put: readonly (readonly [string, Value])[]
  readonly removed: readonly string[]
}

/** What makes one table of another. Plain serialisable data. */
export interface TableChanges {
  readonly routes: EntryChanges<Route>
  readonly services: EntryChanges<Service>
  /** By app id. */
  readonly appRoutes: EntryChanges<Route>
  /** By service. */
  readonly portRoutes: EntryChanges<Route>
}

/** Ids of what came, went, and stayed with other content. */
export interface IdDiff<Id> {
  readonly added: readonly Id[]
  readonly removed: readonly Id[]
  readonly changed: readonly Id[]
}

/** By object: one table was made from the other, so what says the same is the same. In no order. */
export function idDiff<Value extends object>(
  previous: LayeredMap<Value>,
  next: LayeredMap<Value>
): IdDiff<string> {
  const diff = { added: [] as string[], removed: [] as string[], changed: [] as string[] }
  for (const key of previous.changedKeys(next)) {
    const before = previous.get(key)
    const after = next.get(key)
    if (before === undefined) diff.added.push(key)
    else if (after === undefined) diff.removed.push(key)
    else diff.changed.push(key)
  }
  return diff
}
