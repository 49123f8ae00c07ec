import type { AppFacts } from './app-facts.ts'
import type { Claims } from './claims.ts'
import type { CompileResolver } from './compile.ts'
import { notAPromise } from './not-a-promise.ts'
import type { Problem } from './problem.ts'
import type { ProblemBook } from './problem-book.ts'
import { finishReadyRoute, type ReadyRoute, readReadyRoute } from './ready-routes.ts'
import { readyServices } from './ready-services.ts'
import type { Route, RouteId, Service, ServiceId } from './route.ts'
import type { ServiceBook } from './service-book.ts'
import type { Making, Part, ServiceShelf } from './service-shelf.ts'
import type { Snapshot } from './snapshot.ts'

type AppIndex = ReadonlyMap<string, readonly AppFacts[]>
type Routes = ReadonlyMap<RouteId, Route>

const NOWHERE: Part = { services: [] }

/** What resolvers are asked with. */
export interface Asked {
  readonly snapshots: readonly Snapshot[]
  readonly index: AppIndex
  /** All there are without those that only resolvers lead to. */
  readonly services: ReadonlyMap<ServiceId, Service>
  readonly claims: Claims
  /** All routes that are no resolver's. */
  isTaken(id: RouteId): boolean
}

/** Routes and services that files and plugins give ready-made. They are few, so each time is the first. */
export class ReadyBook {
  readonly #problems: ProblemBook
  readonly #shelf: ServiceShelf
  #readFrom: readonly (readonly Service[])[] = []
  #services: ReadonlyMap<ServiceId, Service> = new Map()
  #given: readonly ReadyRoute[] = []
  #routes: Routes = new Map()
  #resolved: Routes = new Map()
  #asked = false
  #leads = NOWHERE
  #resolvedLeads = NOWHERE

  constructor(problems: ProblemBook, shelf: ServiceShelf) {
    this.#problems = problems
    this.#shelf = shelf
  }

  /** The routes as they are declared, with the apps they lead to. */
  get given(): readonly ReadyRoute[] {
    return this.#given
  }

  get services(): ReadonlyMap<ServiceId, Service> {
    return this.#services
  }

  /** The routes of files, finished. */
  get routes(): Routes {
    return this.#routes
  }

  /** Resolvers gave routes when they were asked last, or may have told of a problem. */
  get hasResolved(): boolean {
    return this.#asked
  }

  routeOf(id: RouteId): Route | undefined {
    return this.#routes.get(id) ?? this.#resolved.get(id)
  }

  /** @returns ids of the ready-made services that may be others now */
  read(
    snapshots: readonly Snapshot[],
    index: AppIndex,
    making: Making,
    anew: boolean
  ): Iterable<ServiceId> {
    const problems: Problem[] = []
    this.#given = snapshots.flatMap(({ source, routes }) =>
      routes.flatMap((route) => readReadyRoute(route, source, index, problems) ?? [])
    )
    this.#problems.set('ready routes', problems)
    return this.#readServices(snapshots, making, anew)
  }

  #readServices(
    snapshots: readonly Snapshot[],
    { rules, settings, defaultPicker }: Making,
    anew: boolean
  ): Iterable<ServiceId> {
    const from = snapshots.map(({ services }) => services)
    const isSame = from.length === this.#readFrom.length
    if (!anew && isSame && from.every((one, at) => one === this.#readFrom[at])) return []
    const before = this.#services
    const read = readyServices(from.flat(), rules, settings, defaultPicker)
    this.#readFrom = from
    this.#services = read.services
    this.#problems.set('ready services', read.problems)
    return [...before.keys(), ...read.services.keys()]
  }

  /** @returns ids of the routes of files that may be others now */
  finish(making: Making): Iterable<RouteId> {
    const book = this.#shelf.open(making, (id) => this.#services.has(id))
    const before = this.#routes
    this.#routes = this.#keep(this.#given, book, making, () => false, 'ready')
    this.#shelf.replace(this.#leads, book)
    this.#leads = book
    // Resolvers are asked without what they led to before, or their answer would depend on it.
    this.#shelf.replace(this.#resolvedLeads, undefined)
    this.#resolvedLeads = NOWHERE
    return [...before.keys(), ...this.#routes.keys()]
  }

  /** @returns ids of the routes of resolvers that may be others now */
  resolve(resolvers: readonly CompileResolver[], asked: Asked, making: Making): Iterable<RouteId> {
    const book = this.#shelf.open(making, (id) => asked.services.has(id))
    const before = this.#resolved
    this.#asked = resolvers.length > 0
    const problems: Problem[] = []
    const ready = resolvers.flatMap((resolver) => routesOf(resolver, asked, problems))
    this.#problems.set('resolvers', problems)
    this.#resolved = this.#keep(ready, book, making, asked.isTaken, 'resolved')
    this.#shelf.replace(undefined, book)
    this.#resolvedLeads = book
    return [...before.keys(), ...this.#resolved.keys()]
  }

  #keep(
    all: readonly ReadyRoute[],
    book: ServiceBook,
    { rules }: Making,
    isTaken: (id: RouteId) => boolean,
    part: string
  ): Routes {
    const routes = new Map<RouteId, Route>()
    const problems: Problem[] = []
    for (const ready of all) {
      const { id } = ready.route
      if (!routes.has(id) && !isTaken(id)) {
        routes.set(id, finishReadyRoute(ready, book, rules.hookSets, problems))
        continue
      }
      const reason = `another route has the id ${id} already; this one is left out`
      problems.push({ source: ready.source, app: ready.name, reason })
    }
    this.#problems.set(`${part} routes, finished`, [...problems, ...book.problems])
    return routes
  }
}

function routesOf(
  resolver: CompileResolver,
  { snapshots, index, services, claims }: Asked,
  problems: Problem[]
): ReadyRoute[] {
  const { name } = resolver
  const ready: ReadyRoute[] = []
  try {
    for (const route of notAPromise(resolver.routes?.(snapshots, services, claims)) ?? []) {
      // Throws for what is no plain data, and would break the whole table later.
      JSON.stringify(route)
      const read = readReadyRoute(route, name, index, problems)
      if (read !== undefined) ready.push(read)
    }
  } catch (error) {
    const reason = `the resolver failed and its routes are left out: ${String(error)}`
    problems.push({ source: name, app: name, reason })
  }
  return ready
}
