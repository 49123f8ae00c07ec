import type { AppFacts } from './app-facts.ts'
import { asksForRoutes, isEnabled, isInGroups } from './app-facts.ts'
import { indexApps, readApps } from './app-list.ts'
import type { Claims } from './claims.ts'
import { decideClaims } from './holders.ts'
import type { LabelRules } from './labels.ts'
import { membersWithServicePort, portRoutesOf } from './port-routes.ts'
import type { Problem } from './problem.ts'
import type { HealthMemory, UnreachablePolicy } from './readiness.ts'
import type { ReadyRoute } from './ready-routes.ts'
import { finishReadyRoute, ownershipOf, readReadyRoute } from './ready-routes.ts'
import type { Route, Service, TableData } from './route.ts'
import { appRouteOf, routeOf } from './routes.ts'
import type { ServiceBook } from './service-book.ts'
import { createServiceBook } from './service-book.ts'
import type { Snapshot } from './snapshot.ts'
import { wishesOf } from './wishes.ts'

/** What the operator says about routing. */
export interface RoutingSettings {
  /** Each app without hosts of its own answers at `<id reversed>.<domain>` for each of these. */
  readonly domains: readonly string[]
  /** Path at which each app answers on every host, such as `/{id}`, stripped; empty: none. */
  readonly path: string
  /** `labelled`: only apps that ask for it by `gateway.enabled`, `gateway.hosts` or `gateway.path`. */
  readonly expose: 'all' | 'labelled'
  /** Serve apps of these `gateway.group`s: `*` is every app, `` the apps without one; none: every app. */
  readonly groups: readonly string[]
  readonly unreachable: UnreachablePolicy
  /** Secret of the sticky cookies' values. */
  readonly stickyKey: string
  /** Name of the picker of services that name none. */
  readonly picker: string
  /** Read the labels of marathon-lb, too; absent: yes. */
  readonly marathonLb?: boolean
}

/** The labels of one plugin, `gateway.<plugin>.<key>`. */
export interface PluginLabels {
  readonly keys: ReadonlySet<string>
  /** Values as the plugin wants them, or what is wrong in one sentence. */
  check(
    values: Readonly<Record<string, string>>
  ): { readonly values: unknown } | { readonly problem: string }
}

/** A plugin's resolver, as far as compilation goes. */
export interface CompileResolver {
  readonly name: string
  /** Routes as plain data, so that every plane can use them. Pure; called for each new table. */
  routes?(
    snapshots: readonly Snapshot[],
    services: ReadonlyMap<string, Service>,
    claims: Claims
  ): readonly Route[]
}

export interface CompileInput extends LabelRules {
  /** One per source. A source that is missing has not been read yet: its claims are kept. */
  readonly snapshots: readonly Snapshot[]
  readonly claims: Claims
  /** Ids of tasks seen killing or ended: never an endpoint. */
  readonly ending: ReadonlySet<string>
  /** Ids of tasks seen ending since the last snapshot: the last resort. */
  readonly leaving: ReadonlySet<string>
  /** Ids of tasks seen unreachable. */
  readonly unreachable: ReadonlySet<string>
  readonly health: HealthMemory
  /** Milliseconds since 1970. */
  readonly now: number
  readonly settings: RoutingSettings
  /** Called after the built-in one; what one throws becomes a problem. */
  readonly resolvers: readonly CompileResolver[]
}

export interface Compiled {
  readonly data: TableData
  readonly problems: readonly Problem[]
  readonly claims: Claims
}

/**
 * Turns what the sources know into routes and services. Pure: the same input gives the same table.
 * Never throws for what an app, a label or a plugin's resolver says.
 */
export function compile(input: CompileInput): Compiled {
  const { settings } = input
  const snapshots = [...input.snapshots].sort((a, b) => (a.source < b.source ? -1 : 1))
  const problems = snapshots.flatMap((snapshot) => [...snapshot.problems])
  const apps = readApps(snapshots, input, problems)
  const index = indexApps(apps)
  const book = createServiceBook(input, settings, input)

  for (const snapshot of snapshots) for (const service of snapshot.services) book.add(service)
  const ready = readyRoutes(snapshots, index, problems)
  const { wishes, problems: wrong } = wishesOf(apps, settings)
  const loaded = new Set(snapshots.map(({ source }) => source))
  const decision = decideClaims({ wishes, claims: input.claims, loaded, ...ownershipOf(ready) })
  problems.push(...wrong, ...decision.problems)

  const routes = new Map<string, Route>()
  for (const one of ready) keep(routes, one, book, input, problems)
  for (const wish of decision.granted) {
    const route = routeOf(wish, book)
    routes.set(route.id, route)
  }
  const portRoutes = portRoutesOf(membersWithServicePort(apps, settings), book)
  const appRoutes = appRoutesOf(apps, settings, book)
  for (const one of resolverRoutes(input, snapshots, index, book, decision.claims, problems)) {
    keep(routes, one, book, input, problems)
  }
  problems.push(...book.problems)
  const services = [...book.services.values()]
  const data = { routes: [...routes.values()], services, appRoutes, portRoutes }
  return { data, problems: withoutRepeats(problems), claims: decision.claims }
}

/** What is wrong with an entry of several hosts is wrong once. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

function readyRoutes(
  snapshots: readonly Snapshot[],
  index: ReadonlyMap<string, readonly AppFacts[]>,
  problems: Problem[]
): ReadyRoute[] {
  const ready: ReadyRoute[] = []
  for (const { source, routes } of snapshots) {
    for (const route of routes) {
      const read = readReadyRoute(route, source, index, problems)
      if (read !== undefined) ready.push(read)
    }
  }
  return ready
}

function keep(
  routes: Map<string, Route>,
  ready: ReadyRoute,
  book: ServiceBook,
  { hookSets }: CompileInput,
  problems: Problem[]
): void {
  const { id } = ready.route
  if (!routes.has(id)) routes.set(id, finishReadyRoute(ready, book, hookSets, problems))
  else {
    const reason = `another route has the id ${id} already; this one is left out`
    problems.push({ source: ready.source, app: ready.name, reason })
  }
}

function appRoutesOf(
  apps: readonly AppFacts[],
  settings: RoutingSettings,
  book: ServiceBook
): { app: string; route: Route }[] {
  const found = new Map<string, Route>()
  for (const facts of apps) {
    const { id } = facts.app
    const port = facts.defaultPort
    const asked = settings.expose === 'all' || asksForRoutes(facts)
    if (port === undefined || found.has(id) || !asked) continue
    if (!isEnabled(facts, port) || !isInGroups(facts, port, settings.groups)) continue
    found.set(id, appRouteOf(facts, port, book))
  }
  return [...found].map(([app, route]) => ({ app, route }))
}

function resolverRoutes(
  input: CompileInput,
  snapshots: readonly Snapshot[],
  index: ReadonlyMap<string, readonly AppFacts[]>,
  book: ServiceBook,
  claims: Claims,
  problems: Problem[]
): ReadyRoute[] {
  const ready: ReadyRoute[] = []
  for (const resolver of input.resolvers) {
    try {
      for (const route of resolver.routes?.(snapshots, book.services, claims) ?? []) {
        // Throws for what is no plain data, and would break the whole table later.
        JSON.stringify(route)
        const read = readReadyRoute(route, resolver.name, index, problems)
        if (read !== undefined) ready.push(read)
      }
    } catch (error) {
      const reason = `the resolver failed and its routes are left out: ${String(error)}`
      problems.push({ source: resolver.name, app: resolver.name, reason })
    }
  }
  return ready
}
