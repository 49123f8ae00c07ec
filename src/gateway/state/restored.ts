import type { Snapshot } from '../model/snapshot.ts'

/** What the state file of an earlier run has of sources that have said nothing yet in this one. */
export class Restored {
  readonly #waiting: Map<string, Snapshot>

  constructor(snapshots: readonly Snapshot[]) {
    this.#waiting = new Map(snapshots.map((snapshot) => [snapshot.source, snapshot]))
  }

  get(source: string): Snapshot | undefined {
    return this.#waiting.get(source)
  }

  /** At most once per source. */
  take(source: string): Snapshot | undefined {
    const snapshot = this.#waiting.get(source)
    this.#waiting.delete(source)
    return snapshot
  }

  /** What was said, and what still waits. */
  with(said: readonly Snapshot[]): readonly Snapshot[] {
    return [...said, ...this.#waiting.values()]
  }
}
