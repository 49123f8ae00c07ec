import type { AppRef } from '../model/app-book.ts'
import { type AppChange, AppList } from '../model/app-changes.ts'
import type { Claims } from '../model/claims.ts'
import { LayeredMap } from '../model/layered-map.ts'
import { type HealthMemory, healthChanges } from '../model/readiness.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { runSteps, type Steps } from '../model/steps.ts'
import { TaskIndex } from './task-index.ts'

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
  /** Id of its app. */
  readonly app: string
  /** Undefined when it has not started. */
  readonly startedAt: number | undefined
}

/** What is known of the tasks of one source. */
interface Known {
  readonly apps: AppList
  readonly tasks: TaskIndex
}

/** A snapshot that is there, but not yet looked through. */
interface News {
  readonly snapshot: Snapshot
  readonly changes: AppChange[]
  readonly health: Map<string, boolean | undefined>
}

/**
 * What the sources said last, and what events said since: everything a table is compiled from.
 *
 * A task that an event says is ending is *leaving* until a snapshot taken later is there, and *ending*
 * from then on, until one omits it or shows another run of it (resident tasks of Marathon up to 1.7 keep
 * their ids): a read that lags behind its event never puts a killed task back.
 */
export class ClusterState {
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #known = new Map<string, Known>()
  #news: News[] = []
  readonly #ending = new Map<string, Mark>()
  readonly #unreachable = new Map<string, Mark>()
  #health = LayeredMap.of<boolean>()
  #claims: Claims
  #claimants = ''
  /** Made when somebody asks, and kept while nothing changes. */
  #sets: Partial<Record<'ending' | 'leaving' | 'unreachable', ReadonlySet<string>>> = {}

  constructor(claims: Claims) {
    this.#claims = claims
  }

  get snapshots(): readonly Snapshot[] {
    return [...this.#snapshots.values()]
  }

  /** Tasks that must not be used. */
  get ending(): ReadonlySet<string> {
    runSteps(this.settle())
    this.#sets.ending ??= taskIdsWhere(this.#ending, ({ answered }) => answered)
    return this.#sets.ending
  }

  /**
   * Tasks that are on their way out, while what takes their place may be known by an event alone: in a
   * rolling deployment Marathon kills the old ones in the moment in which the new ones turn healthy.
   */
  get leaving(): ReadonlySet<string> {
    runSteps(this.settle())
    this.#sets.leaving ??= taskIdsWhere(this.#ending, ({ answered }) => !answered)
    return this.#sets.leaving
  }

  get unreachable(): ReadonlySet<string> {
    runSteps(this.settle())
    this.#sets.unreachable ??= new Set(this.#unreachable.keys())
    return this.#sets.unreachable
  }

  get health(): HealthMemory {
    runSteps(this.settle())
    return this.#health
  }

  /** The tasks that events said are on their way out, whatever came since. */
  get departing(): ReadonlySet<string> {
    return new Set(this.#ending.keys())
  }

  /** The apps with a task of this id. */
  appsOf(taskId: string): readonly AppRef[] {
    return [...this.#known].flatMap(([source, { tasks }]) =>
      tasks.appsOf(taskId).map(({ id }) => ({ source, id }))
    )
  }

  get claims(): Claims {
    return this.#claims
  }

  set claims(claims: Claims) {
    this.#claims = claims
  }

  /** Claims of a source that is no longer configured hold nothing. */
  keepClaimsOf(sources: ReadonlyMap<string, unknown>): void {
    const names = JSON.stringify([...sources.keys()])
    if (names === this.#claimants) return
    this.#claimants = names
    const kept = [...this.#claims].filter(([, { source }]) => sources.has(source))
    if (kept.length < this.#claims.size) this.#claims = new Map(kept)
  }

  publish(snapshot: Snapshot): void {
    const { source, apps } = snapshot
    const known = this.#known.get(source) ?? { apps: new AppList(), tasks: new TaskIndex() }
    this.#known.set(source, known)
    this.#snapshots.set(source, snapshot)
    const changes = [...known.apps.update(apps).changes]
    this.#news.push({ snapshot, changes, health: new Map() })
  }

  /** Apps that changed and were not looked at yet. */
  get pendingChanges(): number {
    return this.#news.reduce((sum, { changes }) => sum + changes.length, 0)
  }

  /** Looks through what was published, app by app. Whoever asks for what comes of it need not wait for that. */
  *settle(): Steps<void> {
    for (let news = this.#news[0]; news !== undefined; news = this.#news[0]) {
      const change = news.changes.pop()
      if (change === undefined) yield* this.#close(news)
      else this.#absorb(news, change)
      yield
    }
  }

  #absorb({ snapshot: { source }, health }: News, change: AppChange): void {
    this.#known.get(source)?.tasks.update(change)
    for (const [key, healthy] of healthChanges(source, change, this.#health)) {
      health.set(key, healthy)
    }
  }

  *#close(news: News): Steps<void> {
    const { snapshot, health } = news
    const grown = yield* this.#health.withSteps(health)
    // Others may have asked meanwhile, and closed it.
    if (this.#news[0] !== news) return
    this.#news.shift()
    this.#health = grown
    if (this.#ending.size + this.#unreachable.size === 0) return
    this.#sets = {}
    for (const answer of this.#answered(this.#ending, snapshot)) {
      if (answer.named && !answer.another) this.#ending.set(answer.taskId, answer.mark)
      else this.#ending.delete(answer.taskId)
    }
    for (const { taskId } of this.#answered(this.#unreachable, snapshot)) {
      this.#unreachable.delete(taskId)
    }
  }

  /** The source is gone: what it said no longer counts. */
  withdraw(source: string): void {
    this.#snapshots.delete(source)
    this.#known.delete(source)
    this.#news = this.#news.filter(({ snapshot }) => snapshot.source !== source)
    const own = [...this.#health.keys()].filter((key) => key.startsWith(`${source} `))
    this.#health = this.#health.with(new Map(own.map((key) => [key, undefined])))
  }

  markEnding(source: string, taskId: string, at: number): void {
    if (this.#ending.has(taskId)) return
    this.#sets = {}
    this.#ending.set(taskId, this.#mark(source, taskId, at))
  }

  markUnreachable(source: string, taskId: string, at: number): void {
    this.#sets = {}
    this.#unreachable.set(taskId, this.#mark(source, taskId, at))
  }

  #mark(source: string, taskId: string, at: number): Mark {
    return { source, at, startedAt: this.#taskOf(source, taskId)?.startedAt, answered: false }
  }

  /** As the source named it last. */
  #taskOf(source: string, taskId: string): Named | undefined {
    const app = this.#known.get(source)?.tasks.appsOf(taskId).at(-1)
    const task = app?.tasks.find(({ id }) => id === taskId)
    return app && task && { app: app.id, startedAt: task.startedAt }
  }

  /** What a snapshot says of the marked tasks; about those it omits, only all of it can say so. */
  #answered(marks: ReadonlyMap<string, Mark>, { source, takenAt, parts }: Snapshot) {
    const wholeAt = parts?.wholeAt ?? takenAt
    return [...marks].flatMap(([taskId, mark]) => {
      if (mark.source !== source) return []
      const task = this.#taskOf(source, taskId)
      const askedAt = (task && parts?.aloneAt.get(task.app)) ?? wholeAt
      if (askedAt < mark.at) return []
      const startedAt = task?.startedAt
      const another = mark.startedAt !== undefined && startedAt !== mark.startedAt
      const next: Mark = { ...mark, startedAt, answered: true }
      return [{ taskId, mark: next, named: task !== undefined, another }]
    })
  }
}

function taskIdsWhere(
  marks: ReadonlyMap<string, Mark>,
  fits: (mark: Mark) => boolean
): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [taskId, mark] of marks) if (fits(mark)) ids.add(taskId)
  return ids
}
