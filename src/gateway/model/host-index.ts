import { wildcardOf } from './hosts.ts'
import { LayeredMap } from './layered-map.ts'
import type { Route, RouteId } from './route.ts'
import type { Steps } from './steps.ts'

/** The routes of one host, of one wildcard, or of every host. */
export interface HostClass {
  readonly kind: 'exact' | 'wildcard' | 'any'
  /** The host, `*.example.com`, or `*`. */
  readonly name: string
  /** By path key; candidates in the order in which they are tried. */
  readonly paths: LayeredMap<readonly Route[]>
  /** No path key is longer: no longer one has to be looked up. */
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
  readonly exact: LayeredMap<HostClasses>
  /** By `*.example.com`. */
  readonly wildcard: LayeredMap<HostClasses>
  /** For all other hosts, and for requests without one. */
  readonly any: HostClasses
  /** The own classes of hosts and wildcards that leave some requests to further classes. */
  readonly open: LayeredMap<HostClass>
}

const NO_CLASS: HostClasses = { classes: [], hasPaths: false, only: undefined }

export const emptyHostIndex: HostIndex = {
  exact: LayeredMap.of(),
  wildcard: LayeredMap.of(),
  any: NO_CLASS,
  open: LayeredMap.of()
}

/** By host, then by path: the routes that go (they were there) and those that come. */
type Edits = Map<string, Map<string, { readonly gone: Route[]; readonly come: Route[] }>>
type Changes<Value> = Map<string, Value | undefined>

/**
 * The index after these changes of routes, by id. Classes of hosts that no change touches stay as
 * they are, unless a class that they leave requests to changes.
 */
export function* updateHostIndex(
  index: HostIndex,
  before: ReadonlyMap<RouteId, Route>,
  changes: ReadonlyMap<RouteId, Route | undefined>
): Steps<HostIndex> {
  if (changes.size === 0) return index
  const own: Changes<HostClass> = new Map()
  for (const [host, paths] of yield* editsOf(before, changes)) {
    own.set(host, updateClass(ownClass(index, host), host, paths))
    yield
  }
  const open = yield* index.open.withSteps(yield* openOf(own))
  const classOf = (host: string) => (own.has(host) ? own.get(host) : ownClass(index, host))
  const anyClass = classOf('*')
  const exact: Changes<HostClasses> = new Map()
  const wildcard: Changes<HostClasses> = new Map()
  for (const host of touchedHosts(own, open)) {
    const mine = classOf(host)
    const pattern = host.startsWith('*') ? undefined : wildcardOf(host)
    const all = [mine, pattern === undefined ? undefined : classOf(pattern), anyClass]
    const classes = mine === undefined ? undefined : consult(all)
    if (host.startsWith('*.')) wildcard.set(host, classes)
    else if (host !== '*') exact.set(host, classes)
    yield
  }
  yield
  return {
    exact: yield* index.exact.withSteps(exact),
    wildcard: yield* index.wildcard.withSteps(wildcard),
    any: own.has('*') ? consult([anyClass]) : index.any,
    open
  }
}

function* editsOf(
  before: ReadonlyMap<RouteId, Route>,
  changes: ReadonlyMap<RouteId, Route | undefined>
): Steps<Edits> {
  const edits: Edits = new Map()
  for (const [id, route] of changes) {
    const old = before.get(id)
    if (old !== undefined) editAt(edits, old).gone.push(old)
    if (route !== undefined) editAt(edits, route).come.push(route)
    yield
  }
  return edits
}

function editAt(edits: Edits, { match: { host = '*', path } }: Route) {
  const paths = edits.get(host) ?? new Map()
  edits.set(host, paths)
  const edit = paths.get(path) ?? { gone: [], come: [] }
  paths.set(path, edit)
  return edit
}

/** The class of the host itself; undefined while it has no route. */
function ownClass({ exact, wildcard, any }: HostIndex, host: string): HostClass | undefined {
  if (host === '*') return any.classes[0]
  return (host.startsWith('*.') ? wildcard : exact).get(host)?.classes[0]
}

function* openOf(own: Changes<HostClass>): Steps<Changes<HostClass>> {
  const open: Changes<HostClass> = new Map()
  for (const [host, one] of own) {
    open.set(host, openOnly(one))
    yield
  }
  return open
}

function openOnly(one: HostClass | undefined): HostClass | undefined {
  return one === undefined || one.kind === 'any' || takesAll(one) ? undefined : one
}

/** Hosts with a change of their own, and those that leave requests to a class that changed. */
function touchedHosts(own: Changes<HostClass>, open: LayeredMap<HostClass>): Iterable<string> {
  const hosts = new Set(own.keys())
  if (![...hosts].some((host) => host.startsWith('*'))) return hosts
  for (const host of open.keys()) {
    if (own.has('*') || own.has(wildcardOf(host) ?? '')) hosts.add(host)
  }
  return hosts
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

/** Undefined: no route is left. */
function updateClass(
  old: HostClass | undefined,
  name: string,
  edits: ReadonlyMap<string, { readonly gone: readonly Route[]; readonly come: readonly Route[] }>
): HostClass | undefined {
  const before = old?.paths ?? LayeredMap.of<readonly Route[]>()
  const changes: Changes<readonly Route[]> = new Map()
  let longest = old?.longest ?? 0
  for (const [path, { gone, come }] of edits) {
    const kept = (before.get(path) ?? []).filter((route) => !gone.includes(route))
    const candidates = [...kept, ...come].sort(compareRoutes)
    changes.set(path, candidates.length === 0 ? undefined : candidates)
    longest = Math.max(longest, path.length)
  }
  const paths = before.with(changes)
  if (paths.size === 0) return undefined
  return { kind: kindOf(name), name, paths, longest }
}

function kindOf(name: string): HostClass['kind'] {
  if (name === '*') return 'any'
  return name.startsWith('*.') ? 'wildcard' : 'exact'
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
