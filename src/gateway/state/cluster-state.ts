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

/** When each task of a snapshot started; undefined for those that have not. */
type Starts = ReadonlyMap<string, number | undefined>

/**
 * What the sources said last, and what events said since: everything a table is compiled from.
 *
 * A task that an event says is ending is *leaving* until a snapshot taken later is there, and *ending*
 * from then on, until one omits it or shows another run of it (resident tasks of Marathon up to 1.7 keep
 * their ids): a read that lags behind its event never puts a killed task back.
 */
export class ClusterState {
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #starts = new Map<string, Starts>()
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
    const starts = startsOf(snapshot)
    this.#starts.set(snapshot.source, starts)
    answerMarks(this.#ending, snapshot, starts)
    answerMarks(this.#unreachable, snapshot, new Map())
  }

  /** The source is gone: what it said no longer counts. */
  withdraw(source: string): void {
    this.#snapshots.delete(source)
    this.#starts.delete(source)
  }

  markEnding(source: string, taskId: string, at: number): void {
    if (!this.#ending.has(taskId)) this.#ending.set(taskId, this.#mark(source, taskId, at))
  }

  markUnreachable(source: string, taskId: string, at: number): void {
    this.#unreachable.set(taskId, this.#mark(source, taskId, at))
  }

  #mark(source: string, taskId: string, at: number): Mark {
    return { source, at, startedAt: this.#starts.get(source)?.get(taskId), answered: false }
  }
}

function startsOf({ apps }: Snapshot): Starts {
  return new Map(apps.flatMap(({ tasks }) => tasks.map(({ id, startedAt }) => [id, startedAt])))
}

function taskIdsWhere(
  marks: ReadonlyMap<string, Mark>,
  fits: (mark: Mark) => boolean
): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [taskId, mark] of marks) if (fits(mark)) ids.add(taskId)
  return ids
}

/** What a snapshot omits, or shows in another run, is forgotten; what it still names stays marked. */
function answerMarks(marks: Map<string, Mark>, snapshot: Snapshot, named: Starts): void {
  for (const [taskId, mark] of marks) {
    if (mark.source !== snapshot.source || snapshot.takenAt < mark.at) continue
    const startedAt = named.get(taskId)
    const another = mark.startedAt !== undefined && startedAt !== mark.startedAt
    if (!named.has(taskId) || another) marks.delete(taskId)
    else marks.set(taskId, { ...mark, startedAt, answered: true })
  }
}
