import type { SourceStatus } from './plugin.ts'
import type { HeldLoss } from './source.ts'

/** What a table has, or will have, of a source. */
interface News {
  readonly takenAt: number
  readonly stale: boolean
}

/** How each source is. It counts as read once the table says what it said. */
export class SourceBook {
  readonly #statuses = new Map<string, SourceStatus>()
  /** What no table is compiled from yet. */
  #unread = new Map<string, News>()
  /** What the running compilation is made from. */
  #inWork: ReadonlyMap<string, News> = new Map()

  get all(): readonly SourceStatus[] {
    return [...this.#statuses.values()]
  }

  get(source: string): SourceStatus | undefined {
    return this.#statuses.get(source)
  }

  add(source: string): void {
    const nothing = { takenAt: undefined, failure: undefined, stale: false, held: undefined }
    this.#statuses.set(source, { name: source, ...nothing })
  }

  remove(source: string): void {
    this.#statuses.delete(source)
    this.#unread.delete(source)
  }

  said(source: string, takenAt: number): void {
    this.#change(source, { failure: undefined })
    this.#unread.set(source, { takenAt, stale: false })
  }

  /** What an earlier run of the gateway had heard of it is taken for now. */
  recalled(source: string, takenAt: number): void {
    this.#unread.set(source, { takenAt, stale: true })
  }

  failed(source: string, reason: string): void {
    this.#change(source, { failure: reason })
  }

  holds(source: string, held: HeldLoss | undefined): void {
    this.#change(source, { held })
  }

  /** A compilation has taken its input. */
  taken(): void {
    this.#inWork = this.#unread
    this.#unread = new Map()
  }

  /** And its table is there. */
  compiled(): void {
    for (const [source, news] of this.#inWork) this.#change(source, news)
  }

  #change(source: string, changes: Partial<SourceStatus>): void {
    const status = this.#statuses.get(source)
    if (status !== undefined) this.#statuses.set(source, { ...status, ...changes })
  }
}
