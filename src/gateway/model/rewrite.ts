import { pathKey } from './paths.ts'
import { stripTarget } from './resolve.ts'
import type { Rewrite, Route } from './route.ts'

/**
 * The target that a task sees.
 * @param key path key of the route that matched
 */
export function forwardedTarget(
  target: string,
  route: Pick<Route, 'strip' | 'rewrite'>,
  key: string
): string {
  if (route.strip) return stripTarget(target, key)
  const path = route.rewrite?.stripPath
  if (path === undefined) return target
  const own = pathKey(target)
  // By count, `/x/../app` would lose another segment than the one that is meant.
  return own.dots || !isBelow(own.key, path) ? target : stripTarget(target, path)
}

/** True for what `Rewrite.rootRedirect` is about: the path is `/`, whatever the query. */
export function isRoot(target: string): boolean {
  return target === '/' || target.startsWith('/?')
}

/**
 * A task's `Location` with `path` in front, as `Rewrite.location` says; the same text for hosts of
 * others, for relative references, and for what lies below `path` already.
 */
export function rewriteLocation(
  value: string,
  { vhosts, path }: NonNullable<Rewrite['location']>
): string {
  const parts = /^(?:https?:\/\/([^/?#]*))?(\/(?!\/).*)$/i.exec(value)
  const [, authority, rest = ''] = parts ?? []
  if (parts === null) return value
  const host = authority?.toLowerCase().replace(/:\d*$/, '')
  if (host !== undefined && !vhosts.includes(host)) return value
  if (path === '/' || isBelow(rest.replace(/[?#].*$/, ''), path)) return rest
  return `${path}${rest}`
}

function isBelow(key: string, path: string): boolean {
  return key === path || path === '/' || key.startsWith(`${path}/`)
}
