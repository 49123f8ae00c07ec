import { buildTable, type Table } from '../model/table.ts'

export type TableListener = (next: Table, previous: Table) => void

/** Holds the one current table. Readers take `current` once per request and keep it. */
export class TableStore {
  #current = buildTable({ routes: [], services: [] })
  #published = false
  readonly #listeners = new Set<TableListener>()

  get current(): Table {
    return this.#current
  }

  /** A table was published at least once, be it an empty one. */
  get published(): boolean {
    return this.#published
  }

  /** Publishes a table unless it says the same as the current one. */
  swap(next: Table): void {
    const first = !this.#published
    this.#published = true
    if (!first && next.hash === this.#current.hash) return
    const previous = this.#current
    this.#current = next
    for (const listener of this.#listeners) listener(next, previous)
  }

  /** @returns takes the listener away again */
  onSwap(listener: TableListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
