import { type ExplainedService, explainedServices } from './explained-service.ts'
import type { HostClass } from './host-index.ts'
import { normaliseHost } from './hosts.ts'
import { pathKey } from './paths.ts'
import type { Problem } from './problem.ts'
import type { Resolution, ResolveOptions } from './resolve.ts'
import { APP_ID_HEADER, classesOf, fits, resolve } from './resolve.ts'
import type { Route, RouteId } from './route.ts'
import { shownRoute } from './shown-route.ts'
import type { RequestFacts, Table } from './table.ts'

const MOST_OTHERS = 10
const MOST_PROBLEMS = 20

/** Why a request goes where it goes. Plain data; `renderExplanation` makes it text. */
export interface Explanation {
  readonly asked: { readonly host?: string; readonly target: string; readonly method: string }
  /** Normalised; undefined when there was none or it is malformed. */
  readonly host: string | undefined
  /** The path in the form in which paths are compared. */
  readonly path: string
  readonly outcome: 'route' | 'none' | 'refused'
  /** Name of the error the gateway would answer with, as in `http/errors.ts`; its code once a host tells it. */
  readonly error?: string
  /** One sentence: what happens, and why. */
  readonly reason: string
  /** In the order in which they are asked. */
  readonly classes: readonly ExplainedClass[]
  readonly route?: Route
  readonly services: readonly ExplainedService[]
  /** Problems that have to do with this host, path or app. */
  readonly problems: readonly Problem[]
  /** Of the route, newest first, once a host that has seen requests tells it. */
  readonly recent?: readonly RecentFailure[]
}

/** A request in which an attempt failed. */
export interface RecentFailure {
  /** Ms since 1970. */
  readonly at: number
  /** Method and target. */
  readonly request: string
  /** Of the answer that the client got. */
  readonly status: number
  readonly code?: string
  /** Its ledger, one line per attempt. */
  readonly attempts: readonly string[]
}

/** What exact host, wildcard or no host offered. */
export interface ExplainedClass {
  readonly kind: HostClass['kind']
  readonly name: string
  readonly candidates: readonly Candidate[]
  /** Further routes of this host whose paths don't cover the request. */
  readonly others: number
}

export interface Candidate {
  readonly route: RouteId
  readonly path: string
  readonly chosen: boolean
  /** Why it was chosen, or why it lost. */
  readonly why: string
}

/** Goes the way of `resolve` once more and tells about it. Never throws. */
export function explain(
  table: Table,
  facts: RequestFacts,
  problems: readonly Problem[],
  options?: ResolveOptions
): Explanation {
  const found = resolve(table, facts, options)
  const host = facts.host === undefined ? undefined : normaliseHost(facts.host)
  const { key } = pathKey(facts.target)
  const route = found.kind === 'route' ? found.route : undefined
  const services = route === undefined ? [] : explainedServices(table, route)
  const error = errorOf(found, services)
  return {
    asked: {
      ...(facts.host !== undefined && { host: facts.host }),
      target: facts.target,
      method: facts.method
    },
    host,
    path: key,
    outcome: found.kind,
    ...(error !== undefined && { error }),
    reason: reasonOf(found, services, facts),
    classes: found.kind === 'refused' ? [] : classesFor(table, facts, key, route),
    ...(route !== undefined && { route: shownRoute(route) }),
    services,
    problems: relatedProblems(problems, host, key, services)
  }
}

function errorOf(found: Resolution, services: readonly ExplainedService[]): string | undefined {
  if (found.kind === 'refused') return found.error
  if (found.kind === 'none') return 'noRoute'
  if (found.route.closed !== undefined) return 'guardInvalid'
  return hasEndpoint(services) ? undefined : 'noEndpoint'
}

function hasEndpoint(services: readonly ExplainedService[]): boolean {
  return services.some(({ endpoints, weight }) => weight > 0 && endpoints.length > 0)
}

function reasonOf(
  found: Resolution,
  services: readonly ExplainedService[],
  facts: RequestFacts
): string {
  if (found.kind === 'refused') {
    return found.error === 'badHost'
      ? 'The host is malformed, so the request is refused.'
      : 'The path is ambiguous (a backslash, %00, or dot segments where routes have paths), so the request is refused.'
  }
  if (found.kind === 'none') {
    return facts.host === undefined
      ? 'No route answers requests without a host on this path.'
      : 'No route answers for this host and path.'
  }
  if (found.route.closed !== undefined) {
    return `The route is closed, as a protective setting is wrong: ${found.route.closed}.`
  }
  if (!hasEndpoint(services)) return 'The route is known, but no task can take the request now.'
  const count = services.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
  return `The route ${found.route.id} answers, with ${count} endpoint${count === 1 ? '' : 's'}${guardText(found.route)}.`
}

/** Who asks is not known here, so what its guards will say isn't either. */
function guardText({ guard }: Route): string {
  const parts = Object.keys(guard ?? {})
  return parts.length === 0 ? '' : `, to clients that its guards let in: ${parts.join(', ')}`
}

function classesFor(
  table: Table,
  facts: RequestFacts,
  key: string,
  chosen: Route | undefined
): ExplainedClass[] {
  if (chosen !== undefined && !table.routes.has(chosen.id)) {
    const why = `the header ${APP_ID_HEADER} names the app`
    const candidates = [{ route: chosen.id, path: '/', chosen: true, why }]
    return [{ kind: 'any', name: APP_ID_HEADER, candidates, others: 0 }]
  }
  const found = facts.host === undefined ? table.index.any : classesOf(table, facts.host)
  const classes: ExplainedClass[] = []
  let open = true
  for (const one of found?.classes ?? []) {
    classes.push(explainClass(one, facts, key, open ? chosen : undefined))
    if (chosen !== undefined && one.paths.get(chosen.match.path)?.includes(chosen)) open = false
  }
  return classes
}

function explainClass(
  one: HostClass,
  facts: RequestFacts,
  key: string,
  chosen: Route | undefined
): ExplainedClass {
  const covering: Candidate[] = []
  const others: Candidate[] = []
  let count = 0
  const paths = [...one.paths].sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1))
  for (const [path, routes] of paths) {
    const covers = path === '/' || key === path || key.startsWith(`${path}/`)
    for (const route of routes) {
      if (covers) covering.push(candidateOf(route, facts, chosen))
      else if (others.length < MOST_OTHERS) {
        const why = `its path does not cover ${key}`
        others.push({ route: route.id, path, chosen: false, why })
      } else count += 1
    }
  }
  return { kind: one.kind, name: one.name, candidates: [...covering, ...others], others: count }
}

function candidateOf(route: Route, facts: RequestFacts, chosen: Route | undefined): Candidate {
  const candidate = { route: route.id, path: route.match.path, chosen: route === chosen }
  if (route === chosen) return { ...candidate, why: 'the best that fits' }
  if (!fits(route, facts)) return { ...candidate, why: unmet(route, facts) }
  if (chosen === undefined) return { ...candidate, why: 'a better host has a path that fits' }
  if (route.match.path !== chosen.match.path) {
    return { ...candidate, why: `${chosen.match.path} is longer` }
  }
  const lower = route.priority < chosen.priority
  return {
    ...candidate,
    why: lower
      ? `its priority ${route.priority} is lower than ${chosen.priority}`
      : 'another route of this path goes first: more conditions, or the smaller id'
  }
}

function unmet({ match }: Route, facts: RequestFacts): string {
  if (match.methods !== undefined && !match.methods.includes(facts.method)) {
    return `it takes only ${match.methods.join(', ')}`
  }
  const wanted = Object.entries(match.headers ?? {})
  const [name, value] = wanted.find(([name, value]) => facts.header(name) !== value) ?? []
  return `it asks for the header ${name}: ${value}`
}

function relatedProblems(
  problems: readonly Problem[],
  host: string | undefined,
  key: string,
  services: readonly ExplainedService[]
): Problem[] {
  const apps = new Set(services.flatMap(({ origin }) => origin.app ?? []))
  const place = host ?? `${key} on every host`
  const related = problems.filter(({ app, reason }) => apps.has(app) || reason.includes(place))
  return related.slice(0, MOST_PROBLEMS)
}
