import { cleanHead } from '../../../gateway/http/hygiene.ts'
import { resolve } from '../../../gateway/model/resolve.ts'
import type { Route, RouteId } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { NotPortable } from '../render/options.ts'
import { type Fields, fieldSets } from './field-sets.ts'
import type { RequestHead } from './request-head.ts'
import { seededRandom } from './seeded-random.ts'
import { hostSpellings, pathSpellings } from './spellings.ts'

export interface CorpusOptions {
  /** Same table, seed and count: same requests. */
  readonly seed: number
  /** How many requests. */
  readonly count: number
  /** Routes that no request shall lead to. */
  readonly notPortable?: readonly NotPortable[]
  /** Fields that are drawn as often as all of `field-sets.ts` together. */
  readonly fields?: readonly Fields[]
}

/** A request, and where the table leads it. */
export interface CorpusRequest {
  readonly head: RequestHead
  /** Absent: to no route. */
  readonly route?: RouteId
  /** Services that may answer: those of the route that have a share. */
  readonly services: readonly string[]
}

export interface Corpus {
  readonly requests: readonly CorpusRequest[]
  /** What is not asked about, and why. */
  readonly skipped: readonly NotPortable[]
}

type Random = () => number

/** What requests are drawn with. */
interface Draw {
  readonly random: Random
  readonly fields: readonly Fields[]
}

const LIMITS = { maxFields: 200, maxTargetBytes: 8192 }
const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const REFUSED_METHODS = ['TRACE', 'CONNECT']
/** How often a method is asked that no route gets. */
const REFUSED_SHARE = 0.01
/** How often the target is in absolute form. */
const ABSOLUTE_SHARE = 0.08
const BODY = 'a=1&b=2'
/** Draws per request: gives up where routes that are left out take nearly everything. */
const MOST_DRAWS = 20

/**
 * Requests about everything that a table says: first each route in its plain form, then each host
 * and path in each spelling, then random pairs of them with random methods and fields.
 */
export function corpusOf(table: Table, options: CorpusOptions): Corpus {
  const { seed, count, notPortable = [], fields = [] } = options
  const draw: Draw = { random: seededRandom(seed), fields }
  const left = new Set(notPortable.map(({ route }) => route))
  const routes = [...table.routes.values()]
  const requests: CorpusRequest[] = []
  const add = (head: RequestHead): void => {
    const request = requestOf(table, head)
    if (request.route === undefined || !left.has(request.route)) requests.push(request)
  }
  for (const head of systematic(routes, draw)) {
    if (requests.length >= count) break
    add(head)
  }
  for (let draws = 0; requests.length < count && draws < count * MOST_DRAWS; draws += 1) {
    add(drawn(routes, draw))
  }
  return { requests, skipped: notPortable }
}

/** Spelling by spelling rather than route by route, so that a short corpus speaks of all routes. */
function* systematic(routes: readonly Route[], draw: Draw): Generator<RequestHead> {
  const all = routes.map((route) => ({
    route,
    hosts: hostSpellings(route.match.host),
    paths: pathsFor(route)
  }))
  const most = Math.max(0, ...all.flatMap(({ hosts, paths }) => [hosts.length, paths.length]))
  for (let at = 0; at < most; at += 1) {
    for (const { route, hosts, paths } of all) {
      const [plainHost = ''] = hosts
      const [plainPath = '/'] = paths
      const host = hosts[at]
      const path = paths[at]
      if (path !== undefined) yield headOf(route, plainHost, path, draw)
      if (host !== undefined && at > 0) yield headOf(route, host, plainPath, draw)
    }
  }
}

/** Host and path may be of two routes. Early spellings are drawn more often: those are answered. */
function drawn(routes: readonly Route[], draw: Draw): RequestHead {
  const { random } = draw
  const route = pick(routes, random)
  const other = random() < 0.5 ? route : pick(routes, random)
  const early = () => random() ** 2
  const host = pick(hostSpellings(route?.match.host), early) ?? 'unknown.test'
  const path = pick(pathsFor(other), early) ?? '/'
  return headOf(route, host, path, draw)
}

/** Those of the match, and of what is stripped wherever that is. */
function pathsFor(route: Route | undefined): readonly string[] {
  const stripped = route?.rewrite?.stripPath
  return [
    ...pathSpellings(route?.match.path ?? '/'),
    ...(stripped === undefined ? [] : pathSpellings(stripped))
  ]
}

function headOf(route: Route | undefined, host: string, path: string, draw: Draw): RequestHead {
  const { random } = draw
  const method = methodFor(route, random)
  const hostless = random() < (route?.match.host === undefined ? 0.2 : 0.01)
  // HAProxy compares the authority with Host and refuses or mends what it finds odd: a known laxity.
  const fitsTarget = /^[\w.-]+$/.test(host) && /^[/?]/.test(path)
  const absolute = !hostless && fitsTarget && random() < ABSOLUTE_SHARE
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
  return {
    method,
    target: absolute ? `http://${host}${path}` : path,
    version: hostless ? '1.0' : '1.1',
    fields: [
      ...(hostless ? [] : [['Host', host] as const]),
      ...conditionFields(route, random),
      ...(pick(setsFor(draw), random) ?? []),
      ...(hasBody ? [['Content-Length', `${BODY.length}`] as const] : [])
    ],
    body: hasBody ? BODY : ''
  }
}

function setsFor({ random, fields }: Draw): readonly Fields[] {
  return fields.length > 0 && random() < 0.5 ? fields : fieldSets
}

function methodFor(route: Route | undefined, random: Random): string {
  const wanted = route?.match.methods
  if (random() < REFUSED_SHARE) return pick(REFUSED_METHODS, random) ?? 'TRACE'
  return pick(wanted !== undefined && random() < 0.6 ? wanted : METHODS, random) ?? 'GET'
}

/** Mostly what the route asks for; else nearly, twice or not at all. */
function conditionFields(route: Route | undefined, random: Random): [string, string][] {
  return Object.entries(route?.match.headers ?? {}).flatMap(([name, value]): [string, string][] => {
    const chance = random()
    if (chance < 0.6) return [[name.toUpperCase(), value]]
    if (chance < 0.7) return [[name, `${value}x`]]
    if (chance < 0.8) return [[name, value.toUpperCase()]]
    return chance < 0.9
      ? [
          [name, value],
          [name, value]
        ]
      : []
  })
}

function requestOf(table: Table, head: RequestHead): CorpusRequest {
  const { method, target, version, fields } = head
  const rawHeaders = fields.flat()
  const clean = cleanHead({ method, target, httpVersion: version, rawHeaders }, LIMITS)
  if (typeof clean === 'string') return { head, services: [] }
  const found = resolve(table, { ...clean, method, header: (name) => fieldOf(head, name) })
  if (found.kind !== 'route') return { head, services: [] }
  const shares = found.route.services.filter(({ weight }) => weight > 0)
  return { head, route: found.route.id, services: shares.map(({ service }) => service) }
}

function fieldOf({ fields }: RequestHead, name: string): string | undefined {
  const values = fields.filter(([field]) => field.toLowerCase() === name)
  return values.length === 0 ? undefined : values.map(([, value]) => value).join(', ')
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)]
}
