import type { AppFacts } from './app-facts.ts'
import { portIndexOf } from './app-facts.ts'
import type { Owner } from './holders.ts'
import { placeKey } from './holders.ts'
import { conditionsOf } from './host-index.ts'
import { normaliseHostPattern } from './hosts.ts'
import { normalisePathPattern } from './paths.ts'
import type { Problem } from './problem.ts'
import type { Match, Route, WeightedService } from './route.ts'
import type { ServiceBook } from './service-book.ts'
import { parseAppServiceRef } from './service-refs.ts'

/** A route that a file or a plugin declares, and the apps it leads to. */
export interface ReadyRoute {
  readonly route: Route
  readonly source: string
  /** File and line, or the plugin: for people. */
  readonly name: string
  readonly targets: readonly Target[]
}

interface Target {
  readonly weight: number
  /** Undefined: a service by its id. */
  readonly app: { readonly facts: AppFacts; readonly index: number } | undefined
  readonly service: string
}

/** By app id, in order of source names. */
export type AppIndex = ReadonlyMap<string, readonly AppFacts[]>

/** Looks at a ready-made route: its match in normal form, and what its services mean. */
export function readReadyRoute(
  route: Route,
  source: string,
  apps: AppIndex,
  problems: Problem[]
): ReadyRoute | undefined {
  const name = nameOf(route, source)
  const match = normaliseMatch(route.match)
  if (typeof match === 'string') {
    problems.push({ source, app: name, reason: `${match}; the route is left out` })
    return undefined
  }
  const targets: Target[] = []
  for (const { service, weight } of route.services) {
    const target = targetOf(service, apps)
    if (typeof target === 'string') problems.push({ source, app: name, reason: target })
    else targets.push({ weight, service, app: target })
  }
  return { route: { ...route, match }, source, name, targets }
}

function nameOf(route: Route, source: string): string {
  const origin = route.origins['host'] ?? route.origins['path'] ?? route.origins['service']
  return origin?.file ?? `${source} (${route.id})`
}

function normaliseMatch(match: Match): Match | string {
  const path = normalisePathPattern(match.path)
  if ('problem' in path) return `the path of a route is wrong: ${path.problem}`
  if (match.host === undefined) return { ...match, path: path.key }
  const host = normaliseHostPattern(match.host)
  return host === undefined
    ? 'the host of a route is no host name'
    : { ...match, host, path: path.key }
}

function targetOf(service: string, apps: AppIndex): Target['app'] | string {
  const ref = parseAppServiceRef(service)
  if (ref === undefined) return undefined
  const known = apps.get(ref.app) ?? []
  const facts = known.find(({ source }) => ref.source === undefined || ref.source === source)
  if (facts === undefined) {
    return `no app ${ref.app} is known${ref.source === undefined ? '' : ` to ${ref.source}`}; it takes no share of the route`
  }
  const index = ref.port === undefined ? facts.defaultPort : portIndexOf(facts.app, ref.port)
  if (index !== undefined) return { facts, index }
  return ref.port === undefined
    ? `the app ${ref.app} has no TCP port; it takes no share of the route`
    : `the app ${ref.app} has no port ${ref.port}; it takes no share of the route`
}

/** What the operator's routes take away from labels: whole hosts, and single places. */
export function ownershipOf(ready: readonly ReadyRoute[]): {
  owners: ReadonlyMap<string, Owner>
  taken: ReadonlyMap<string, string>
} {
  const owners = new Map<string, Owner & { apps: Set<string>; groups: Set<string> }>()
  const taken = new Map<string, string>()
  for (const { route, name, targets } of ready) {
    const { match } = route
    // A route for some requests only (a canary by header) leaves the others to the labels.
    if (conditionsOf(route) > 0) continue
    if (!taken.has(placeKey(match))) taken.set(placeKey(match), name)
    if (match.host === undefined || match.path !== '/') continue
    const owner = owners.get(match.host) ?? { name, apps: new Set(), groups: new Set() }
    owners.set(match.host, owner)
    for (const { facts } of targets.flatMap(({ app }) => app ?? [])) {
      owner.apps.add(`${facts.source} ${facts.app.id}`)
      owner.groups.add(`${facts.source} ${facts.parent}`)
    }
  }
  return { owners, taken }
}

/** The route with its services resolved. Those unknown are left out; without any it answers 503. */
export function finishReadyRoute(
  ready: ReadyRoute,
  book: ServiceBook,
  hookSets: ReadonlySet<string>,
  problems: Problem[]
): Route {
  const services: WeightedService[] = []
  for (const { app, service, weight } of ready.targets) {
    const id = app === undefined ? service : book.serviceOf(app.facts, app.index).id
    if (book.has(id)) services.push({ service: id, weight })
    else {
      const reason = `no service ${service} is known; it takes no share of the route`
      problems.push({ source: ready.source, app: ready.name, reason })
    }
  }
  const { hooks } = ready.route
  if (hooks === '' || hookSets.has(hooks)) return { ...ready.route, services }
  const closed = `no plugin offers the hook set ${hooks}`
  const reason = `${closed}; the route is closed`
  problems.push({ source: ready.source, app: ready.name, label: 'hooks', reason })
  return { ...ready.route, services, closed }
}
