import type { AppUpdate } from './app-book.ts'
import { type AppFacts, asksForRoutes, isEnabled, isInGroups } from './app-facts.ts'
import type { GrantChange } from './claim-book.ts'
import type { Output } from './output.ts'
import type { ProblemBook } from './problem-book.ts'
import type { Route, ServiceId } from './route.ts'
import { appRouteOf, routeOf } from './routes.ts'
import type { Making, ServiceShelf } from './service-shelf.ts'
import type { Steps } from './steps.ts'
import type { Wish } from './wishes.ts'

interface Part {
  readonly route: Route
  readonly services: ReadonlySet<ServiceId>
}

/** The routes for wishes that were granted; a wish that stays granted keeps its route. */
export class GrantedRoutes {
  readonly #problems: ProblemBook
  readonly #shelf: ServiceShelf
  readonly #parts = new Map<Wish, Part>()
  readonly routes: Output<Route>

  constructor(problems: ProblemBook, shelf: ServiceShelf, routes: Output<Route>) {
    this.#problems = problems
    this.#shelf = shelf
    this.routes = routes
  }

  *update(changes: readonly GrantChange[], making: Making): Steps<void> {
    for (const { before, after } of changes) {
      const stay = new Set(after)
      for (const wish of before) if (!stay.has(wish)) this.#drop(wish)
      yield
    }
    for (const { after } of changes) {
      for (const wish of after) {
        if (this.#parts.has(wish)) continue
        this.#make(wish, making)
        yield
      }
    }
  }

  #drop(wish: Wish): void {
    const part = this.#parts.get(wish)
    if (part === undefined) return
    this.#parts.delete(wish)
    this.#shelf.replace(part, undefined)
    this.routes.set(part.route.id, undefined)
    this.#problems.set(`route ${part.route.id}`, [])
  }

  #make(wish: Wish, making: Making): void {
    const book = this.#shelf.open(making)
    const route = routeOf(wish, book)
    const part = { route, services: book.services }
    this.#parts.set(wish, part)
    this.#shelf.replace(undefined, part)
    this.routes.set(route.id, route)
    this.#problems.set(`route ${route.id}`, book.problems)
  }
}

/** The routes for requests that name an app by its id. */
export class AppRoutes {
  readonly #shelf: ServiceShelf
  readonly #parts = new Map<string, Part>()
  readonly routes: Output<Route>

  constructor(shelf: ServiceShelf, routes: Output<Route>) {
    this.#shelf = shelf
    this.routes = routes
  }

  *update(
    updates: readonly AppUpdate[],
    index: ReadonlyMap<string, readonly AppFacts[]>,
    making: Making
  ): Steps<void> {
    for (const id of new Set(updates.map((update) => update.id))) {
      const part = this.#partOf(index.get(id) ?? [], making)
      this.#shelf.replace(this.#parts.get(id), part)
      if (part === undefined) this.#parts.delete(id)
      else this.#parts.set(id, part)
      this.routes.set(id, part?.route)
      yield
    }
  }

  /** The first source that routes to its app has it. */
  #partOf(apps: readonly AppFacts[], making: Making): Part | undefined {
    const { expose, groups } = making.settings
    for (const facts of apps) {
      const port = facts.defaultPort
      if (port === undefined || (expose !== 'all' && !asksForRoutes(facts))) continue
      if (!isEnabled(facts, port) || !isInGroups(facts, port, groups)) continue
      const book = this.#shelf.open(making)
      return { route: appRouteOf(facts, port, book), services: book.services }
    }
    return undefined
  }
}
