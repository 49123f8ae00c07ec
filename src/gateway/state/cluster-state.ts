import type { Claims } from '../model/claims.ts'
import { type HealthMemory, rememberHealth } from '../model/readiness.ts'
import type { Snapshot } from '../model/snapshot.ts'

/** When an event spoke of a task, and which source heard it. */
interface Mark {
  readonly source: string
  readonly at: number
  /** When the marked run of the task began, by the source's clock. */
  readonly startedAt: number | undefined
  /** A snapshot taken later has come. */
  readonly answered: boolean
}

/** A task as a snapshot names it. */
interface Named {
  /** Undefined when it has not started. */
  readonly startedAt: number | undefined
  /** When the source was asked for its app. */
  readonly takenAt: number
}

/** By task id. */
type NamedTasks = ReadonlyMap<string, Named>

/**
 * What the sources said last, and what events said since: everything a table is compiled from.
 *
 * A task that an event says is ending is *leaving* until a snapshot taken later is there, and *ending*
 * from then on, until one omits it or shows another run of it (resident tasks of Marathon up to 1.7 keep
 * their ids): a read that lags behind its event never puts a killed task back.
 */
export class ClusterState {
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #named = new Map<string, NamedTasks>()
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
    const named = namedIn(snapshot)
    this.#named.set(snapshot.source, named)
    for (const answer of answered(this.#ending, snapshot, named)) {
      if (answer.named && !answer.another) this.#ending.set(answer.taskId, answer.mark)
      else this.#ending.delete(answer.taskId)
    }
    for (const { taskId } of answered(this.#unreachable, snapshot, named)) {
      this.#unreachable.delete(taskId)
    }
  }

  /** The source is gone: what it said no longer counts. */
  withdraw(source: string): void {
    this.#snapshots.delete(source)
    this.#named.delete(source)
  }

  markEnding(source: string, taskId: string, at: number): void {
    if (!this.#ending.has(taskId)) this.#ending.set(taskId, this.#mark(source, taskId, at))
  }

  markUnreachable(source: string, taskId: string, at: number): void {
    this.#unreachable.set(taskId, this.#mark(source, taskId, at))
  }

  #mark(source: string, taskId: string, at: number): Mark {
    return {
      source,
      at,
      startedAt: this.#named.get(source)?.get(taskId)?.startedAt,
      answered: false
    }
  }
}

function namedIn({ apps, takenAt, parts }: Snapshot): NamedTasks {
  const named = new Map<string, Named>()
  for (const app of apps) {
    const appTakenAt = parts === undefined ? takenAt : (parts.aloneAt.get(app.id) ?? parts.wholeAt)
    for (const { id, startedAt } of app.tasks) named.set(id, { startedAt, takenAt: appTakenAt })
  }
  return named
}

function taskIdsWhere(
  marks: ReadonlyMap<string, Mark>,
  fits: (mark: Mark) => boolean
): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [taskId, mark] of marks) if (fits(mark)) ids.add(taskId)
  return ids
}

/** What a snapshot says of the marked tasks; about those it omits, only all of it can say so. */
function answered(marks: ReadonlyMap<string, Mark>, snapshot: Snapshot, named: NamedTasks) {
  const wholeAt = snapshot.parts?.wholeAt ?? snapshot.takenAt
  return [...marks].flatMap(([taskId, mark]) => {
    const task = named.get(taskId)
    const takenAt = task?.takenAt ?? wholeAt
    if (mark.source !== snapshot.source || takenAt < mark.at) return []
    const startedAt = task?.startedAt
    const another = mark.startedAt !== undefined && startedAt !== mark.startedAt
    const next: Mark = { ...mark, startedAt, answered: true }
    return [{ taskId, mark: next, named: task !== undefined, another }]
  })
}
