import type { Route } from './route.ts'

/** The routes of one host, of one wildcard, or of every host. */
export interface HostClass {
  readonly kind: 'exact' | 'wildcard' | 'any'
  /** The host, `*.example.com`, or `*`. */
  readonly name: string
  /** By path key; candidates in the order in which they are tried. */
  readonly paths: ReadonlyMap<string, readonly Route[]>
  /** Length of the longest path key: no longer one has to be looked up. */
  readonly longest: number
}

/** The classes that a host consults, best first. */
export interface HostClasses {
  readonly classes: readonly HostClass[]
  /** Some class has a path other than `/`, so that paths have to be unambiguous. */
  readonly hasPaths: boolean
  /** The route that every request gets: there are no paths and no conditions to look at. */
  readonly only: Route | undefined
}

/** The index of all hosts of a table. */
export interface HostIndex {
  /** By normalised host. */
  readonly exact: ReadonlyMap<string, HostClasses>
  /** By `*.example.com`. */
  readonly wildcard: ReadonlyMap<string, HostClasses>
  /** For all other hosts, and for requests without one. */
  readonly any: HostClasses
}

export function buildHostIndex(routes: Iterable<Route>): HostIndex {
  const byHost = new Map<string, Route[]>()
  for (const route of routes) {
    const host = route.match.host ?? '*'
    const others = byHost.get(host)
    if (others === undefined) byHost.set(host, [route])
    else others.push(route)
  }
  const anyClass = classOf('any', '*', byHost.get('*') ?? [])
  const wildcards = new Map<string, HostClass>()
  for (const [host, own] of byHost) {
    if (host.startsWith('*.')) wildcards.set(host, classOf('wildcard', host, own))
  }
  const exact = new Map<string, HostClasses>()
  for (const [host, own] of byHost) {
    if (host.startsWith('*')) continue
    const wildcard = wildcards.get(`*${host.slice(Math.max(0, host.indexOf('.')))}`)
    exact.set(host, consult([classOf('exact', host, own), wildcard, anyClass]))
  }
  const wildcard = new Map(
    [...wildcards].map(([name, own]) => [name, consult([own, anyClass])] as const)
  )
  return { exact, wildcard, any: consult([anyClass]) }
}

/** More conditions first, then the higher priority, then the smaller id. */
function compareRoutes(a: Route, b: Route): number {
  const byConditions = conditionsOf(b) - conditionsOf(a)
  if (byConditions !== 0) return byConditions
  if (a.priority !== b.priority) return b.priority - a.priority
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

/** How many things besides host and path a route asks for. */
export function conditionsOf({ match }: Route): number {
  const headers = match.headers === undefined ? 0 : Object.keys(match.headers).length
  return headers + (match.methods === undefined ? 0 : 1)
}

function classOf(kind: HostClass['kind'], name: string, routes: readonly Route[]): HostClass {
  const paths = new Map<string, Route[]>()
  let longest = 0
  for (const route of routes) {
    const { path } = route.match
    longest = Math.max(longest, path.length)
    const others = paths.get(path)
    if (others === undefined) paths.set(path, [route])
    else others.push(route)
  }
  for (const candidates of paths.values()) candidates.sort(compareRoutes)
  return { kind, name, paths, longest }
}

/** Nothing behind a class that takes every request is ever asked. */
function consult(all: readonly (HostClass | undefined)[]): HostClasses {
  const classes: HostClass[] = []
  for (const one of all) {
    if (one === undefined || one.paths.size === 0) continue
    classes.push(one)
    if (takesAll(one)) break
  }
  const hasPaths = classes.some(({ paths }) => paths.size > 1 || !paths.has('/'))
  const [first] = classes
  const root = first?.paths.get('/')?.[0]
  const only = !hasPaths && root !== undefined && conditionsOf(root) === 0 ? root : undefined
  return { classes, hasPaths, only }
}

function takesAll({ paths }: HostClass): boolean {
  return paths.get('/')?.some((route) => conditionsOf(route) === 0) ?? false
}
