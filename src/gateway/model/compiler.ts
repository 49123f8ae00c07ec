import { AppBook, type AppRef } from './app-book.ts'
import { ClaimBook } from './claim-book.ts'
import type { Claims } from './claims.ts'
import type { CompileInput, RoutingSettings } from './compile.ts'
import { changedTasks, hasSameRules } from './compile-news.ts'
import { Output } from './output.ts'
import { PortRoutes } from './port-routes.ts'
import type { Problem } from './problem.ts'
import { ProblemBook } from './problem-book.ts'
import { ReadyBook } from './ready-book.ts'
import { ownershipOf } from './ready-routes.ts'
import { defaultPickerOf } from './ready-services.ts'
import type { Route, RouteId, Service, ServiceId } from './route.ts'
import { AppRoutes, GrantedRoutes } from './route-book.ts'
import { RoutesBeyond } from './routes-beyond.ts'
import { type Making, ServiceShelf } from './service-shelf.ts'
import type { Snapshot } from './snapshot.ts'
import type { Steps } from './steps.ts'
import type { TableChanges } from './table-changes.ts'
import { addressCheck } from './task-addresses.ts'
import { WishBook } from './wish-book.ts'

export interface CompiledChanges {
  /** What makes the new table of the one that the compilation before gave. */
  readonly changes: TableChanges
  readonly problems: readonly Problem[]
  readonly claims: Claims
}

/**
 * Turns what the sources know into routes and services, and remembers it: the next compilation costs
 * what changed since. Whatever came before, the outcome is that of a compilation from nothing. After a
 * throw, or steps that were not finished, start again with a new one.
 */
export class Compiler {
  readonly #problems = new ProblemBook()
  readonly #apps = new AppBook(this.#problems)
  readonly #shelf = new ServiceShelf(this.#problems)
  readonly #wishes = new WishBook(this.#problems)
  readonly #claims = new ClaimBook(this.#problems)
  readonly #granted = new GrantedRoutes(this.#problems, this.#shelf, new Output<Route>())
  readonly #appRoutes = new AppRoutes(this.#shelf, new Output<Route>())
  readonly #portRoutes = new PortRoutes(this.#problems, this.#shelf, new Output<Route>())
  readonly #beyond = new RoutesBeyond(this.#problems)
  readonly #ready = new ReadyBook(this.#problems, this.#shelf)
  readonly #routes = new Output<Route>()
  readonly #services = new Output<Service>()
  #last: CompileInput | undefined;

  *steps(input: CompileInput): Steps<CompiledChanges> {
    const snapshots = [...input.snapshots].sort((a, b) => (a.source < b.source ? -1 : 1))
    const last = this.#last
    const anew = last === undefined || !hasSameRules(last, input)
    const touched = last === undefined || anew ? [] : yield* this.#touchedApps(last, input)
    this.#tellSources(snapshots)
    this.#last = input
    const updates = yield* this.#apps.update({ snapshots, rules: input, touched, anew })
    for (const { before } of updates) {
      if (before !== undefined) this.#shelf.forget(before)
      yield
    }

    const making = makingOf(input, this.#problems)
    const readyServices = this.#ready.read(snapshots, this.#apps.index, making, anew)
    const changed = yield* this.#wishes.update(updates, input.settings)
    const grants = yield* this.#claims.update({
      wishes: this.#wishes.byClaim,
      changed,
      claims: input.claims,
      loaded: new Set(snapshots.map(({ source }) => source)),
      ...ownershipOf(this.#ready.given)
    })
    yield* this.#granted.update(grants, making)
    yield* this.#portRoutes.update(updates, making)
    yield* this.#appRoutes.update(updates, this.#apps.index, making)
    yield* this.#settleRoutes(this.#ready.finish(making), input.settings)
    yield* this.#settleServices(readyServices)
    yield* this.#resolve(input, snapshots, making)
    const problems = this.#problems.all
    yield
    const changes = {
      routes: this.#routes.takeChanges(),
      services: this.#services.takeChanges(),
      appRoutes: this.#appRoutes.routes.takeChanges(),
      portRoutes: this.#portRoutes.routes.takeChanges()
    }
    yield
    return { changes, problems, claims: this.#claims.claims }
  }

  *#resolve(input: CompileInput, snapshots: readonly Snapshot[], making: Making): Steps<void> {
    if (input.resolvers.length === 0 && !this.#ready.hasResolved) return
    const services = this.#services.current
    const ids = this.#ready.resolve(
      input.resolvers,
      {
        snapshots,
        index: this.#apps.index,
        services,
        claims: this.#claims.claims,
        isTaken: (id) => this.#granted.routes.current.has(id) || this.#ready.routes.has(id)
      },
      making
    )
    yield* this.#settleRoutes(ids, input.settings)
    yield* this.#settleServices([])
  }

  *#settleRoutes(others: Iterable<RouteId>, settings: RoutingSettings): Steps<void> {
    const granted = this.#granted.routes
    const { put, removed } = granted.takeChanges()
    const moved = this.#beyond.update(granted.current, settings)
    const ids = new Set([...put.map(([id]) => id), ...removed, ...moved, ...others])
    for (const id of ids) {
      const own = this.#beyond.has(id) ? undefined : granted.current.get(id)
      this.#routes.set(id, own ?? this.#ready.routeOf(id))
      yield
    }
  }

  *#settleServices(others: Iterable<ServiceId>): Steps<void> {
    const touched = yield* this.#shelf.takeTouched()
    for (const id of new Set([...touched, ...others])) {
      this.#services.set(id, this.#shelf.get(id) ?? this.#ready.services.get(id))
      yield
    }
  }

  #tellSources(snapshots: readonly Snapshot[]): void {
    for (const { source } of this.#last?.snapshots ?? []) this.#problems.set(`source ${source}`, [])
    for (const { source, problems } of snapshots) this.#problems.set(`source ${source}`, problems)
  }

  /** Apps whose tasks are judged otherwise now, although nothing of them changed. */
  *#touchedApps(last: CompileInput, input: CompileInput): Steps<readonly AppRef[]> {
    const tasks = yield* changedTasks(last, input)
    const touched = new Map<string, AppRef>()
    for (const app of this.#shelf.due(input.now)) touched.set(keyOf(app), app)
    if (tasks.size === 0) return [...touched.values()]
    const { appsOf } = input
    for (const id of appsOf === undefined ? [] : tasks) {
      for (const app of appsOf?.(id) ?? []) touched.set(keyOf(app), app)
      yield
    }
    for (const { source, app } of appsOf === undefined ? this.#apps.all() : []) {
      const ref = { source, id: app.id }
      if (app.tasks.some(({ id }) => tasks.has(id))) touched.set(keyOf(ref), ref)
    }
    return [...touched.values()]
  }
}

function keyOf({ source, id }: AppRef): string {
  return `${source} ${id}`
}

function makingOf(input: CompileInput, problems: ProblemBook): Making {
  const { settings, ending, leaving, unreachable, health, now } = input
  const picker = defaultPickerOf(settings, input)
  problems.set('routing.picker', picker.problems)
  const readiness = { ending, leaving, unreachable, health, now }
  const check = addressCheck(settings.taskNetworks ?? [], input.ownAddresses ?? [])
  return { rules: input, settings, readiness, defaultPicker: picker.choice, check }
}
