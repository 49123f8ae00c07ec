import type { Endpoint, Service, ServiceId } from '../model/route.ts'
import { RetryBudget } from './retry-budget.ts'

/** What this process knows of one endpoint. */
export interface EndpointState {
  inFlight: number
  /** Of its service. */
  readonly budget: RetryBudget
  /** Its service has it no longer; forgotten when nothing is in flight any more. */
  gone: boolean
}

/** What this process knows of endpoints, whatever table they are in. */
export class EndpointBook {
  readonly #states = new Map<string, EndpointState>()
  readonly #budgets = new Map<ServiceId, RetryBudget>()

  /** The endpoints of a service are these now. */
  adopt(service: Service, before: readonly Endpoint[]): void {
    const budget = this.#budgets.get(service.id) ?? new RetryBudget()
    this.#budgets.set(service.id, budget)
    const now = new Set(service.endpoints.map(({ id }) => id))
    for (const { id } of before) if (!now.has(id)) this.#leave(id)
    for (const { id } of service.endpoints) {
      const known = this.#states.get(id)
      if (known?.budget === budget) known.gone = false
      else this.#states.set(id, { inFlight: known?.inFlight ?? 0, budget, gone: false })
    }
  }

  /** The service is gone. */
  forget({ id, endpoints }: Service): void {
    this.#budgets.delete(id)
    for (const endpoint of endpoints) this.#leave(endpoint.id)
  }

  of({ id }: Endpoint): EndpointState {
    const known = this.#states.get(id)
    if (known !== undefined) return known
    const state = { inFlight: 0, budget: new RetryBudget(), gone: true }
    this.#states.set(id, state)
    return state
  }

  inFlight({ id }: Endpoint): number {
    return this.#states.get(id)?.inFlight ?? 0
  }

  ended({ id }: Endpoint): void {
    const state = this.#states.get(id)
    if (state === undefined) return
    if (state.inFlight > 0) state.inFlight--
    if (state.gone && state.inFlight === 0) this.#states.delete(id)
  }

  #leave(id: string): void {
    const state = this.#states.get(id)
    if (state === undefined) return
    state.gone = true
    if (state.inFlight === 0) this.#states.delete(id)
  }
}
