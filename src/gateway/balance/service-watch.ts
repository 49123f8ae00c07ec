import type { Endpoint, Service } from '../model/route.ts'
import { type EjectionRules, shunned } from './ejection.ts'
import { RetryBudget } from './retry-budget.ts'
import { warmShare } from './slow-start.ts'

/** How endpoints are treated whose app says nothing of it. */
export interface WatchDefaults {
  readonly ejection: EjectionRules
  readonly slowStartMs: number
}

/** What is known of an endpoint, as far as it decides who gets requests. */
export interface Watched {
  readonly outUntil: number
  /** When it joined a running service, ms since 1970; 0: it was there from the start. */
  readonly joinedAt: number
  readonly agentOutUntil: number
}

const NONE: readonly Endpoint[] = []
const NONE_NEW: ReadonlyMap<Endpoint, number> = new Map()

/** Which endpoints of one service get no requests for a while, or fewer. */
export class ServiceWatch {
  readonly budget = new RetryBudget()
  /** Endpoints may be picked as they come: nobody is out, and nobody is new. */
  calm = true
  #rules: EjectionRules
  #slowStartMs = 0
  #endpoints: readonly Endpoint[] = NONE
  #out = NONE
  #new = NONE_NEW
  /** When it has to be looked at anew, ms since 1970. */
  #lookAt = Number.POSITIVE_INFINITY
  readonly #defaults: WatchDefaults

  constructor(defaults: WatchDefaults) {
    this.#defaults = defaults
    this.#rules = defaults.ejection
  }

  get rules(): EjectionRules {
    return this.#rules
  }

  /** @param endpoints those that can be picked, last resorts aside */
  adopt({ ejection, slowStartMs }: Service, endpoints: readonly Endpoint[]): void {
    this.#rules = { ...this.#defaults.ejection, ...ejection }
    this.#slowStartMs = slowStartMs ?? this.#defaults.slowStartMs
    this.#endpoints = endpoints
    this.lookSoon()
  }

  /** Something is known of its endpoints that was not before. */
  lookSoon(): void {
    this.calm = false
    this.#lookAt = 0
  }

  /** Endpoints that get no requests, as long as others do. */
  outAt(now: number, watched: (endpoint: Endpoint) => Watched): readonly Endpoint[] {
    if (now >= this.#lookAt) this.#look(now, watched)
    return this.#out
  }

  /** The part of its share of requests that an endpoint may have; as of the last look at who is out. */
  shareAt(endpoint: Endpoint, now: number): number {
    const joinedAt = this.#new.get(endpoint)
    return joinedAt === undefined ? 1 : warmShare(now - joinedAt, this.#slowStartMs)
  }

  #look(now: number, watched: (endpoint: Endpoint) => Watched): void {
    let next = Number.POSITIVE_INFINITY
    const isLater = (moment: number): boolean => {
      if (moment <= now) return false
      next = Math.min(next, moment)
      return true
    }
    const young = new Map<Endpoint, number>()
    this.#out = shunned(this.#endpoints, (endpoint) => {
      const { outUntil, agentOutUntil, joinedAt } = watched(endpoint)
      if (joinedAt > 0 && isLater(joinedAt + this.#slowStartMs)) young.set(endpoint, joinedAt)
      const isOut = isLater(outUntil)
      return isLater(agentOutUntil) || isOut
    })
    this.#new = young
    this.#lookAt = next
    this.calm = next === Number.POSITIVE_INFINITY
  }
}
