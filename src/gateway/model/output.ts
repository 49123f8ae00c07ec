import type { EntryChanges } from './table-changes.ts'

/** One kind of what a compilation gives, and what changed in it. */
export class Output<Value> {
  readonly #current = new Map<string, Value>()
  #touched = new Set<string>()

  get current(): ReadonlyMap<string, Value> {
    return this.#current
  }

  /** @param value undefined: there is none any more */
  set(key: string, value: Value | undefined): void {
    if (value === undefined && !this.#current.has(key)) return
    if (value === undefined) this.#current.delete(key)
    else this.#current.set(key, value)
    this.#touched.add(key)
  }

  /** What was set since this was asked last. */
  takeChanges(): EntryChanges<Value> {
    const put: [string, Value][] = []
    const removed: string[] = []
    for (const key of this.#touched) {
      const value = this.#current.get(key)
      if (value === undefined) removed.push(key)
      else put.push([key, value])
    }
    this.#touched = new Set()
    return { put, removed }
  }
}
