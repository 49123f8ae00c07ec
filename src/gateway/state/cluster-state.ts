import type { Claims } from '../model/claims.ts'
import { type HealthMemory, rememberHealth } from '../model/readiness.ts'
import type { Snapshot } from '../model/snapshot.ts'

/** When an event spoke of a task, and which source heard it. */
interface Mark {
  readonly source: string
  readonly at: number
  /** A snapshot taken later has come. */
  readonly answered: boolean
}

/**
 * What the sources said last, and what events said since: everything a table is compiled from.
 *
 * A task that an event says is ending is *leaving* until a snapshot taken later is there, and *ending*
 * from then on, until one omits it: a read that lags behind its event never puts a killed task back.
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

  /** Tasks that must not be used. */
  get ending(): ReadonlySet<string> {
    return taskIdsWhere(this.#ending, ({ answered }) => answered)
  }

  /**
   * Tasks that are on their way out, while what takes their place may be known by an event alone: in a
   * rolling deployment Marathon kills the old ones in the moment in which the new ones turn healthy.
   */
  get leaving(): ReadonlySet<string> {
    return taskIdsWhere(this.#ending, ({ answered }) => !answered)
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
    answerMarks(this.#ending, snapshot, taskIdsOf(snapshot))
    answerMarks(this.#unreachable, snapshot, new Set())
  }

  /** The source is gone: what it said no longer counts. */
  withdraw(source: string): void {
    this.#snapshots.delete(source)
  }

  markEnding(source: string, taskId: string, at: number): void {
    if (!this.#ending.has(taskId)) this.#ending.set(taskId, { source, at, answered: false })
  }

  markUnreachable(source: string, taskId: string, at: number): void {
    this.#unreachable.set(taskId, { source, at, answered: false })
  }
}

function taskIdsOf(snapshot: Snapshot): ReadonlySet<string> {
  return new Set(snapshot.apps.flatMap((app) => app.tasks.map((task) => task.id)))
}

function taskIdsWhere(
  marks: ReadonlyMap<string, Mark>,
  fits: (mark: Mark) => boolean
): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [taskId, mark] of marks) if (fits(mark)) ids.add(taskId)
  return ids
}

/** What a snapshot omits is forgotten, what it still names stays marked. */
function answerMarks(
  marks: Map<string, Mark>,
  snapshot: Snapshot,
  named: ReadonlySet<string>
): void {
  for (const [taskId, mark] of marks) {
    if (mark.source !== snapshot.source || snapshot.takenAt < mark.at) continue
    if (named.has(taskId)) marks.set(taskId, { ...mark, answered: true })
    else marks.delete(taskId)
  }
}
