import type { HostClass, HostClasses } from '../../../gateway/model/host-index.ts'
import { wildcardOf } from '../../../gateway/model/hosts.ts'
import type { Problem } from '../../../gateway/model/problem.ts'
import type { Route } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { DesiredMap } from '../desired.ts'
import type { BackendBook } from './backends.ts'
import { type Choice, targetAt } from './choices.ts'
import { literalKey } from './literal-hosts.ts'
import { obeysAppId, type RenderOptions } from './options.ts'
import { isAppKey, isRouteKey } from './words.ts'

export const ROUTES_MAP = 'routes.map'
export const APPS_MAP = 'apps.map'
/** Which section stands for each backend: `apply/` writes the names of stand-ins here. */
export const BACKENDS_MAP = 'backends.map'

/** Precedes a host in the key that says whether its paths have to be free of dot segments. */
export const STRICT_MARK = '?'
export const STRICT = 'paths'
export const LAX = 'root'

/** All that the front has to know of hosts and paths. */
export interface Places {
  readonly routes: DesiredMap
  /** Empty unless some listener obeys `X-Marathon-App-Id`. */
  readonly apps: DesiredMap
  /** In the order in which hosts are asked: exact, wildcard, any. */
  readonly choices: Readonly<Record<HostClass['kind'], readonly Choice[]>>
  readonly problems: readonly Problem[]
}

type Entry = readonly [key: string, value: string]

export function placesOf(table: Table, book: BackendBook, options: RenderOptions): Places {
  const { exact, wildcard, any } = table.index
  const entries: Entry[] = []
  const problems: Problem[] = []
  const choices: Record<HostClass['kind'], Choice[]> = { exact: [], wildcard: [], any: [] }
  for (const own of ownClasses([...exact.values(), ...wildcard.values(), any], table)) {
    for (const [path, candidates] of own.paths) {
      const key = keyOf(own.name, path)
      if (isRouteKey(key)) entries.push([key, valueAt(own, path)])
      else problems.push(...candidates.map((route) => unsayable(route, book)))
    }
  }
  entries.push(...strictEntries(table))
  const named = obeysAppId(options) ? [...table.apps] : []
  const apps = named.flatMap(([app, route]): Entry[] =>
    isAppKey(app) ? [[app, book.backendOf(route)]] : []
  )
  return {
    routes: { name: ROUTES_MAP, entries: sorted(entries) },
    apps: { name: APPS_MAP, entries: sorted(apps) },
    choices,
    problems
  }

  function valueAt(own: HostClass, path: string): string {
    const target = targetAt(own, path, book)
    if (typeof target === 'string') return target
    choices[own.kind].push(target)
    return target.name
  }
}

function unsayable(route: Route, book: BackendBook): Problem {
  book.giveUp(route, 'its host or path can’t stand in a map of HAProxy', '')
  const { host, path, service } = route.origins
  const origin = path ?? host ?? service
  return {
    source: origin?.source ?? 'haproxy',
    app: origin?.file ?? origin?.app ?? route.id,
    ...(origin?.label !== undefined && { label: origin.label }),
    reason: `HAProxy can’t be told ${JSON.stringify(`${route.match.host ?? '*'}${route.match.path}`)}; it does not serve this route`
  }
}

/** A list of classes begins with that of its own host, apart from the list for all other hosts. */
function ownClasses(all: readonly HostClasses[], { index }: Table): HostClass[] {
  return all.flatMap((one) => {
    const [own] = one.classes
    return own === undefined || (own.kind === 'any' && one !== index.any) ? [] : [own]
  })
}

/**
 * Where dot segments are refused. Only what differs from the next host's answer is said, so that a
 * table without paths needs no entry.
 */
function strictEntries({ index }: Table): Entry[] {
  const entries: Entry[] = []
  const say = (host: string, strict: boolean, inherited: boolean) => {
    const key = `${STRICT_MARK}${keyOf(host, '/')}`
    if (strict !== inherited && isRouteKey(key)) entries.push([key, strict ? STRICT : LAX])
  }
  say('*', index.any.hasPaths, false)
  for (const [host, { hasPaths }] of index.wildcard) say(host, hasPaths, index.any.hasPaths)
  for (const [host, { hasPaths }] of index.exact) {
    const next = index.wildcard.get(wildcardOf(host) ?? '') ?? index.any
    say(host, hasPaths, next.hasPaths)
  }
  return entries
}

function keyOf(host: string, path: string): string {
  return path === '/' ? `${literalKey(host)}/` : `${literalKey(host)}${path}/`
}

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
