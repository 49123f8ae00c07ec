import type { App } from './app.ts'
import { type AppChange, appChanges } from './app-changes.ts'
import { type AppFacts, readApp } from './app-facts.ts'
import type { LabelRules } from './labels.ts'
import type { ProblemBook } from './problem-book.ts'
import type { Override, Snapshot } from './snapshot.ts'
import type { Steps } from './steps.ts'

/** An app as its source knows it. */
export interface AppRef {
  readonly source: string
  readonly id: string
}

/** An app that has to be looked at again: what it was, and what it is now. */
export interface AppUpdate extends AppRef {
  readonly before: AppFacts | undefined
  readonly after: AppFacts | undefined
}

export interface AppNews {
  /** In order of names. */
  readonly snapshots: readonly Snapshot[]
  readonly rules: LabelRules
  /** Apps for which something else changed than what their source or the operator says. */
  readonly touched: Iterable<AppRef>
  /** Everything has to be read again. */
  readonly anew: boolean
}

interface Known {
  readonly app: App
  readonly facts: AppFacts
}

interface Source {
  readonly apps: readonly App[]
  /** Some id is there twice, so that lists can't be compared. */
  readonly doubled: boolean
  readonly known: Map<string, Known>
}

/** Every app with its labels read, and with the operator's override for it. */
export class AppBook {
  readonly #problems: ProblemBook
  readonly #sources = new Map<string, Source>()
  readonly #index = new Map<string, readonly AppFacts[]>()
  #overrides: ReadonlyMap<string, Override> = new Map()

  constructor(problems: ProblemBook) {
    this.#problems = problems
  }

  /** By app id, in order of source names. */
  get index(): ReadonlyMap<string, readonly AppFacts[]> {
    return this.#index
  }

  *all(): Iterable<AppFacts> {
    for (const { known } of this.#sources.values())
      for (const { facts } of known.values()) yield facts
  }

  *update(news: AppNews): Steps<readonly AppUpdate[]> {
    const overridden = this.#readOverrides(news.snapshots)
    const updates: AppUpdate[] = []
    const names = new Set([...this.#sources.keys(), ...news.snapshots.map(({ source }) => source)])
    for (const name of [...names].sort()) {
      const ids = new Set(overridden)
      for (const { source, id } of news.touched) if (source === name) ids.add(id)
      const snapshot = news.snapshots.find(({ source }) => source === name)
      yield* this.#updateSource(name, snapshot, ids, news, updates)
    }
    this.#problems.set('overrides', this.#unusedOverrides(news.snapshots))
    return updates
  }

  *#updateSource(
    name: string,
    snapshot: Snapshot | undefined,
    ids: ReadonlySet<string>,
    { rules, anew }: AppNews,
    updates: AppUpdate[]
  ): Steps<void> {
    const old = this.#sources.get(name) ?? { apps: [], doubled: false, known: new Map() }
    const { known } = old
    const apps = snapshot?.apps ?? []
    const wanted = new Map<string, App | undefined>()
    for (const id of anew ? known.keys() : ids) wanted.set(id, known.get(id)?.app)
    for (const { id, after } of this.#changesOf(name, old, apps)) wanted.set(id, after)
    for (const [id, app] of wanted) {
      if (app === undefined && !known.has(id)) continue
      updates.push(this.#reread({ source: name, id }, app, known, rules))
      yield
    }
    if (snapshot === undefined) this.#sources.delete(name)
    else this.#sources.set(name, { apps, doubled: known.size !== apps.length, known })
  }

  #reread(
    { source, id }: AppRef,
    app: App | undefined,
    known: Map<string, Known>,
    rules: LabelRules
  ): AppUpdate {
    const before = known.get(id)?.facts
    const after = app && readApp(source, app, rules, this.#overrides.get(id))
    if (app === undefined || after === undefined) known.delete(id)
    else known.set(id, { app, facts: after })
    this.#problems.set(`app ${source} ${id}`, after?.problems ?? [])
    this.#enter(source, id, after)
    return { source, id, before, after }
  }

  /** Where an id is there twice, the first counts. */
  #changesOf(name: string, old: Source, apps: readonly App[]): readonly AppChange[] {
    if (old.apps === apps) return []
    const changes = appChanges(old.apps, apps)
    let size = old.known.size
    for (const { id, after } of changes) {
      size += Number(after !== undefined) - Number(old.known.has(id))
    }
    const doubled = old.doubled || size !== apps.length
    const firsts = doubled ? firstsOf(apps) : undefined
    this.#problems.set(
      `twice ${name}`,
      [...(firsts?.twice ?? [])].map((id) => ({
        source: name,
        app: id,
        reason: 'the source names this app twice; the first counts'
      }))
    )
    if (firsts === undefined) return changes
    return appChanges(
      [...old.known.values()].map(({ app }) => app),
      firsts.apps
    )
  }

  #enter(source: string, id: string, facts: AppFacts | undefined): void {
    const others = (this.#index.get(id) ?? []).filter((one) => one.source !== source)
    const all = facts === undefined ? others : [...others, facts]
    if (all.length > 1) all.sort((a, b) => (a.source < b.source ? -1 : 1))
    if (all.length === 0) this.#index.delete(id)
    else this.#index.set(id, all)
  }

  /** @returns ids of apps whose override is another one now */
  #readOverrides(snapshots: readonly Snapshot[]): ReadonlySet<string> {
    const before = this.#overrides
    const next = new Map<string, Override>()
    for (const { overrides } of snapshots) for (const one of overrides) next.set(one.app, one)
    this.#overrides = next
    const ids = [...before.keys(), ...next.keys()]
    return new Set(ids.filter((id) => before.get(id) !== next.get(id)))
  }

  #unusedOverrides(snapshots: readonly Snapshot[]) {
    return snapshots.flatMap(({ source, overrides }) =>
      overrides
        .filter((one) => this.#overrides.get(one.app) !== one || !this.#index.has(one.app))
        .map(({ app, file }) => ({
          source,
          app: file,
          reason: `no app ${app} is known to override`
        }))
    )
  }
}

function firstsOf(apps: readonly App[]): { apps: readonly App[]; twice: ReadonlySet<string> } {
  const byId = new Map<string, App>()
  const twice = new Set<string>()
  for (const app of apps) {
    if (byId.has(app.id)) twice.add(app.id)
    else byId.set(app.id, app)
  }
  return { apps: [...byId.values()], twice }
}
