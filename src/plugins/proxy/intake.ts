import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import {
  type CleanHead,
  cleanHead,
  type HygieneLimits,
  judgeHead,
  type RawHead,
  type RoutingFields
} from '../../gateway/http/hygiene.ts'
import { normaliseHost } from '../../gateway/model/hosts.ts'
import { notAPromise } from '../../gateway/model/not-a-promise.ts'
import { type HostCache, resolve } from '../../gateway/model/resolve.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { Resolver } from '../../gateway/plugin.ts'
import { HeadFacts } from './request-facts.ts'

/** A request that is clean and has a route. */
export interface Intake {
  readonly clean: CleanHead
  readonly facts: HeadFacts
  readonly route: Route
  /** Path key of the route that matched: what a stripping route removes. */
  readonly key: string
}

export interface IntakeContext {
  readonly table: Table
  readonly hostCache: HostCache
  readonly resolvers: readonly Resolver[]
  readonly limits: HygieneLimits
  /** This listener allows `X-Marathon-App-Id`. */
  readonly appIdHeader: boolean
}

/** A refusal, with the host it was about where that is known. */
export interface Refused {
  readonly error: GatewayErrorName
  /** Of a fault in the log. */
  readonly id?: string
}

/** `OPTIONS *` is about the gateway, not about a route. */
export const SERVER_OPTIONS = 'server-options'

/** Whether a request got in, and is not about the gateway itself. */
export function isIntake(taken: ReturnType<typeof takeIn>): taken is Intake {
  return typeof taken === 'object' && !('error' in taken)
}

/**
 * From a request head to its route, or to the error it is answered with.
 *
 * @param fields what a parser noted on its way, so that nobody has to look again
 */
export function takeIn(
  head: RawHead,
  context: IntakeContext,
  fields?: RoutingFields
): Intake | Refused | typeof SERVER_OPTIONS {
  const { limits } = context
  const clean = fields === undefined ? cleanHead(head, limits) : judgeHead(head, fields, limits)
  if (typeof clean === 'string') return { error: clean }
  if (clean.target === '*') return isNameable(clean.host) ? SERVER_OPTIONS : { error: 'badHost' }
  const { table, appIdHeader } = context
  const facts = new HeadFacts(head.method, clean.host, clean.target, head.rawHeaders)
  // First of all, since it refuses hosts and paths that no task may see, whoever routes them.
  const resolution = resolve(table, facts, { appIdHeader }, context.hostCache)
  if (resolution.kind === 'refused') return { error: resolution.error }
  const found = routeFound(context, facts)
  if (found !== undefined) return { clean, facts, route: found, key: found.match.path }
  switch (resolution.kind) {
    case 'route':
      return { clean, facts, route: resolution.route, key: resolution.key }
    case 'none':
      return { error: 'noRoute' }
  }
}

/** No route is asked for `OPTIONS *`, and so nobody else looks at its host. */
function isNameable(host: string | undefined): boolean {
  return host === undefined || normaliseHost(host) !== undefined
}

/** What resolvers of plugins find comes before what the table says. */
function routeFound(context: IntakeContext, facts: HeadFacts): Route | undefined {
  for (const resolver of context.resolvers) {
    // An asynchronous one would let requests pass by what it is there for.
    const id = notAPromise(resolver.find?.(facts))
    if (id !== undefined) return context.table.routes.get(id)
  }
  return undefined
}
