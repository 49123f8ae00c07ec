import { LRUCache } from 'lru-cache'
import { attemptText } from './http/upstream/ledger.ts'
import type { RecentFailure } from './model/explain.ts'
import type { RouteId } from './model/route.ts'
import type { Outcome } from './plugin.ts'

const PER_ROUTE = 5
const MOST_ROUTES = 1000
const LONGEST_TARGET = 200

/**
 * The last requests of each route in which an attempt failed, with their ledgers: for explain. Bounded;
 * routes that have had no such request for longest are forgotten first.
 */
export class RecentFailures {
  readonly #byRoute = new LRUCache<RouteId, RecentFailure[]>({ max: MOST_ROUTES })

  add(route: RouteId, failure: RecentFailure): void {
    const known = this.#byRoute.get(route) ?? []
    this.#byRoute.set(route, [failure, ...known.slice(0, PER_ROUTE - 1)])
  }

  /** Newest first. */
  of(route: RouteId): readonly RecentFailure[] {
    return this.#byRoute.get(route) ?? []
  }
}

/** What of a request is remembered; undefined when no attempt failed, which costs two comparisons. */
export function failureOf(outcome: Outcome): RecentFailure | undefined {
  const { attempts, route, at, method, target, status, code } = outcome
  if (route === undefined || attempts[0]?.then === undefined) return undefined
  return {
    at,
    request: `${method} ${target.slice(0, LONGEST_TARGET)}`,
    status,
    ...(code !== undefined && { code }),
    attempts: attempts.map(attemptText)
  }
}
