import type { WeightedService } from '../model/route.ts'
import { hashText, unitOf } from './hash.ts'

/**
 * Smooth weighted round robin over the services of one route: 5 to 1 goes a a a b a a, not five
 * times a and then b.
 */
export class WeightedTurn {
  readonly #services: readonly WeightedService[]
  readonly #current: number[]

  constructor(services: readonly WeightedService[]) {
    this.#services = services
    this.#current = services.map(() => 0)
  }

  /** Position of the next service among those that may take the request; -1: none may. */
  next(mayTake: (service: WeightedService) => boolean): number {
    let best = -1
    let total = 0
    for (const [at, service] of this.#services.entries()) {
      if (service.weight <= 0 || !mayTake(service)) continue
      total += service.weight
      this.#current[at] = (this.#current[at] ?? 0) + service.weight
      if (best === -1 || (this.#current[at] ?? 0) > (this.#current[best] ?? 0)) best = at
    }
    if (best !== -1) this.#current[best] = (this.#current[best] ?? 0) - total
    return best
  }
}

/** Weighted rendezvous: the same key takes the same service while weights stay as they are. */
export function serviceByKey(
  services: readonly WeightedService[],
  key: string,
  mayTake: (service: WeightedService) => boolean
): number {
  const keyHash = hashText(key)
  let best = -1
  let highest = Number.NEGATIVE_INFINITY
  for (const [at, service] of services.entries()) {
    if (service.weight <= 0 || !mayTake(service)) continue
    const score = -service.weight / Math.log(unitOf(keyHash, hashText(service.service)))
    if (score > highest) {
      highest = score
      best = at
    }
  }
  return best
}
