import type { App } from './app.ts'

export interface AppChange {
  readonly id: string
  readonly before: App | undefined
  readonly after: App | undefined
}

/** The apps of one source; of several with one id the first counts. */
export class AppList {
  #apps: readonly App[] = []
  #doubled = false
  readonly #byId = new Map<string, App>()

  get(id: string): App | undefined {
    return this.#byId.get(id)
  }

  keys(): Iterable<string> {
    return this.#byId.keys()
  }

  /** @returns what changed, and the ids that are there more than once */
  update(apps: readonly App[]): {
    readonly changes: readonly AppChange[]
    readonly twice: Iterable<string>
  } {
    const changes = appChanges(this.#apps, apps)
    let size = this.#byId.size
    for (const { id, after } of changes) {
      size += Number(after !== undefined) - Number(this.#byId.has(id))
    }
    this.#apps = apps
    if (!this.#doubled && size === apps.length) return { changes: this.#put(changes), twice: [] }
    const firsts = firstsOf(apps)
    this.#doubled = firsts.twice.size > 0
    const real = appChanges([...this.#byId.values()], firsts.apps)
    return { changes: this.#put(real), twice: firsts.twice }
  }

  #put(changes: readonly AppChange[]): readonly AppChange[] {
    for (const { id, after } of changes) {
      if (after === undefined) this.#byId.delete(id)
      else this.#byId.set(id, after)
    }
    return changes
  }
}

/**
 * Which apps came, went or are another object. Costs little where the lists name the same apps; an id
 * that is in a list twice is not noticed.
 */
function appChanges(previous: readonly App[], next: readonly App[]): readonly AppChange[] {
  if (previous === next) return []
  const changes: AppChange[] = []
  let start = 0
  while (isPaired(previous[start], next[start], changes)) start += 1
  const last: AppChange[] = []
  const shorter = Math.min(previous.length, next.length) - start
  let end = 0
  while (
    end < shorter &&
    isPaired(previous[previous.length - 1 - end], next[next.length - 1 - end], last)
  )
    end += 1
  const before = byId(previous.slice(start, previous.length - end))
  const after = byId(next.slice(start, next.length - end))
  for (const [id, app] of before) {
    const now = after.get(id)
    if (now !== app) changes.push({ id, before: app, after: now })
  }
  for (const [id, app] of after) {
    if (!before.has(id)) changes.push({ id, before: undefined, after: app })
  }
  return [...changes, ...last.reverse()]
}

/** Both are the app of one id; told when it is another object. */
function isPaired(before: App | undefined, after: App | undefined, changes: AppChange[]): boolean {
  if (before === undefined || before.id !== after?.id) return false
  if (before !== after) changes.push({ id: before.id, before, after })
  return true
}

function byId(apps: readonly App[]): ReadonlyMap<string, App> {
  return new Map(apps.map((app) => [app.id, app]))
}

function firstsOf(apps: readonly App[]): { apps: readonly App[]; twice: ReadonlySet<string> } {
  const firsts = new Map<string, App>()
  const twice = new Set<string>()
  for (const app of apps) {
    if (firsts.has(app.id)) twice.add(app.id)
    else firsts.set(app.id, app)
  }
  return { apps: [...firsts.values()], twice }
}
