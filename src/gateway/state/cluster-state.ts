import type { Claims } from '../model/claims.ts'
import { type HealthMemory, rememberHealth } from '../model/readiness.ts'
import type { Snapshot } from '../model/snapshot.ts'

/** When an event spoke of a task, and which source heard it. */
interface Mark {
  readonly source: string
  readonly at: number
}

/**
 * What the sources said last, and what events said since: everything a table is compiled from.
 * A task marked as ending stays marked until a snapshot taken later omits it, so that a read that
 * lags behind its event never puts a killed task back.
 */
export class ClusterState {
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #ending = new Map<string, Mark>()
  readonly #unreachable = new Map<string, Mark>()
  #health: HealthMemory = new Map()
  #claims: Claims

  constructor(claims: Claims) {
    this.#claims = claims
  }

  get snapshots(): readonly Snapshot[] {
    return [...this.#snapshots.values()]
  }

  get ending(): ReadonlySet<string> {
    return new Set(this.#ending.keys())
  }

  get unreachable(): ReadonlySet<string> {
    return new Set(this.#unreachable.keys())
  }

  get health(): HealthMemory {
    return this.#health
  }

  get claims(): Claims {
    return this.#claims
  }

  set claims(claims: Claims) {
    this.#claims = claims
  }

  publish(snapshot: Snapshot): void {
    this.#snapshots.set(snapshot.source, snapshot)
    this.#health = rememberHealth(this.#health, this.snapshots)
    forgetOutdated(this.#ending, snapshot, taskIdsOf(snapshot))
    forgetOutdated(this.#unreachable, snapshot, new Set())
  }

  /** The source is gone: what it said no longer counts. */
  withdraw(source: string): void {
    this.#snapshots.delete(source)
  }

  markEnding(source: string, taskId: string, at: number): void {
    this.#ending.set(taskId, { source, at })
  }

  markUnreachable(source: string, taskId: string, at: number): void {
    this.#unreachable.set(taskId, { source, at })
  }
}

function taskIdsOf(snapshot: Snapshot): ReadonlySet<string> {
  return new Set(snapshot.apps.flatMap((app) => app.tasks.map((task) => task.id)))
}

function forgetOutdated(
  marks: Map<string, Mark>,
  snapshot: Snapshot,
  kept: ReadonlySet<string>
): void {
  for (const [taskId, mark] of marks) {
    const answered = mark.source === snapshot.source && snapshot.takenAt >= mark.at
    if (answered && !kept.has(taskId)) marks.delete(taskId)
  }
}
