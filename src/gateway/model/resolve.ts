import type { HostClass, HostClasses } from './host-index.ts'
import { normaliseHost, wildcardOf } from './hosts.ts'
import { pathKey, plainPathKey, scanPath } from './paths.ts'
import type { Route } from './route.ts'
import type { RequestFacts, Table } from './table.ts'

export type Resolution =
  | {
      readonly kind: 'route'
      readonly route: Route /** Path key that matched. */
      readonly key: string
    }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'refused' /** A name in `http/errors.ts`. */
      readonly error: 'badHost' | 'badPath'
    }

/** What a raw Host header amounts to in one table; undefined stands for a malformed one. */
export type HostLookup = { readonly classes: HostClasses | undefined }

/** Remembers hosts that are not exact. It belongs to one table and dies with it. */
export interface HostCache {
  get(host: string): HostLookup | undefined
  set(host: string, lookup: HostLookup): unknown
}

export interface ResolveOptions {
  /** Obey `X-Marathon-App-Id`. Off unless the listener allows it. */
  readonly appIdHeader?: boolean
}

export const APP_ID_HEADER = 'x-marathon-app-id'

const SLASH = 0x2f
const NONE: Resolution = { kind: 'none' }
const BAD_HOST: Resolution = { kind: 'refused', error: 'badHost' }
const BAD_PATH: Resolution = { kind: 'refused', error: 'badPath' }
const MALFORMED: HostLookup = { classes: undefined }
/** Longer headers are malformed anyway, and would only fill the cache. */
const LONGEST_CACHED = 260

/** The route for a request, why it is refused, or that there is none. Never throws. */
export function resolve(
  table: Table,
  facts: RequestFacts,
  options?: ResolveOptions,
  hostCache?: HostCache
): Resolution {
  const classes = facts.host === undefined ? table.index.any : lookUp(table, facts.host, hostCache)
  if (classes === undefined) return BAD_HOST
  if (facts.target.charCodeAt(0) !== SLASH) return BAD_PATH
  const scan = scanPath(facts.target)
  if (scan === 'refused') return BAD_PATH
  if (options?.appIdHeader === true) {
    const app = facts.header(APP_ID_HEADER)
    if (app !== undefined) return byAppId(table, app)
  }
  if (classes.only !== undefined) return { kind: 'route', route: classes.only, key: '/' }
  if (!classes.hasPaths) return firstFit(classes, '/', facts)
  if (scan === 'plain') return firstFit(classes, plainPathKey(facts.target), facts)
  const path = pathKey(facts.target)
  return path.dots ? BAD_PATH : firstFit(classes, path.key, facts)
}

/** The host classes of a raw Host header, best first; undefined when it is malformed. */
export function classesOf(table: Table, host: string): HostClasses | undefined {
  const name = normaliseHost(host)
  if (name === undefined) return undefined
  const { exact, wildcard, any } = table.index
  const pattern = wildcardOf(name)
  return exact.get(name) ?? (pattern === undefined ? undefined : wildcard.get(pattern)) ?? any
}

function lookUp(table: Table, host: string, cache: HostCache | undefined): HostClasses | undefined {
  const exact = table.index.exact.get(host)
  if (exact !== undefined) return exact
  if (cache === undefined || host.length > LONGEST_CACHED) return classesOf(table, host)
  const known = cache.get(host)
  if (known !== undefined) return known.classes
  const classes = classesOf(table, host)
  cache.set(host, classes === undefined ? MALFORMED : { classes })
  return classes
}

function byAppId(table: Table, app: string): Resolution {
  const route = table.apps.get(app)
  return route === undefined ? NONE : { kind: 'route', route, key: '/' }
}

function firstFit({ classes }: HostClasses, key: string, facts: RequestFacts): Resolution {
  for (const one of classes) {
    const found = fitIn(one, key, facts)
    if (found !== undefined) return found
  }
  return NONE
}

/** From the longest prefix of the key that ends at a border to the shortest. */
function fitIn(one: HostClass, key: string, facts: RequestFacts): Resolution | undefined {
  let path = cutTo(key, one.longest)
  for (;;) {
    const candidates = one.paths.get(path)
    if (candidates !== undefined) {
      for (const route of candidates)
        if (fits(route, facts)) return { kind: 'route', route, key: path }
    }
    if (path === '/') return undefined
    path = parentPath(path)
  }
}

/** No path of the class is longer, so a hostile path of thousands of segments costs nothing. */
function cutTo(key: string, longest: number): string {
  if (key.length <= longest) return key
  const border = key.lastIndexOf('/', longest)
  return border <= 0 ? '/' : key.slice(0, border)
}

function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}

/** Whether the conditions besides host and path are met. */
export function fits({ match }: Route, facts: RequestFacts): boolean {
  if (match.methods !== undefined && !match.methods.includes(facts.method)) return false
  if (match.headers === undefined) return true
  for (const name in match.headers) {
    if (facts.header(name) !== match.headers[name]) return false
  }
  return true
}

/**
 * Removes the segments that matched `key` from a raw target, by count, and keeps the rest byte for
 * byte with its query. A run of slashes is one border, so `/a//b/c` without `/a/b` is `/c`.
 *
 * @returns always begins with `/`
 */
export function stripTarget(target: string, key: string): string {
  let left = countSegments(key)
  if (left === 0) return target
  let at = 0
  while (left > 0 && !isEnd(target, at)) {
    at = skipSlashes(target, at)
    while (!isEnd(target, at) && target.charCodeAt(at) !== SLASH) at += 1
    left -= 1
  }
  return `/${target.slice(skipSlashes(target, at))}`
}

function countSegments(key: string): number {
  if (key === '/') return 0
  let count = 0
  for (let at = 0; at < key.length; at += 1) if (key.charCodeAt(at) === SLASH) count += 1
  return count
}

function skipSlashes(target: string, from: number): number {
  let at = from
  while (target.charCodeAt(at) === SLASH) at += 1
  return at
}

function isEnd(target: string, at: number): boolean {
  return at >= target.length || target.charCodeAt(at) === 0x3f
}
