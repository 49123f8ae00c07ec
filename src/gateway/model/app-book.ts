import { AppList } from './app-changes.ts'
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

interface Source {
  readonly apps: AppList
  readonly facts: Map<string, AppFacts>
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
    for (const { facts } of this.#sources.values()) yield* facts.values()
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
    const known = this.#sources.get(name) ?? { apps: new AppList(), facts: new Map() }
    const { changes, twice } = known.apps.update(snapshot?.apps ?? [])
    this.#problems.set(`twice ${name}`, namedTwice(name, twice))
    const wanted = new Set(anew ? known.facts.keys() : ids)
    for (const { id } of changes) wanted.add(id)
    for (const id of wanted) {
      if (known.apps.get(id) === undefined && !known.facts.has(id)) continue
      updates.push(this.#reread({ source: name, id }, known, rules))
      yield
    }
    if (snapshot === undefined) this.#sources.delete(name)
    else this.#sources.set(name, known)
  }

  #reread({ source, id }: AppRef, { apps, facts }: Source, rules: LabelRules): AppUpdate {
    const app = apps.get(id)
    const before = facts.get(id)
    const after = app && readApp(source, app, rules, this.#overrides.get(id))
    if (after === undefined) facts.delete(id)
    else facts.set(id, after)
    this.#problems.set(`app ${source} ${id}`, after?.problems ?? [])
    this.#enter(source, id, after)
    return { source, id, before, after }
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

function namedTwice(source: string, ids: Iterable<string>) {
  const reason = 'the source names this app twice; the first counts'
  return [...ids].map((app) => ({ source, app, reason }))
}
