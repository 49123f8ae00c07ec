import type { Endpoint, Service, ServiceId } from '../model/route.ts'
import { type AgentRules, AgentWatch } from './agent-watch.ts'
import { type AttemptFailure, isFailure, isLost, noteFailure } from './ejection.ts'
import { ServiceWatch, type WatchDefaults, type Watched } from './service-watch.ts'

/** What this process knows of one endpoint. */
export interface EndpointState {
  inFlight: number
  /** Of its service. */
  readonly watch: ServiceWatch
  readonly service: ServiceId
  /** Its service has it no longer; forgotten when nothing is in flight any more. */
  gone: boolean
  /** Its task is on its way out, so that its failures say nothing. */
  leaving: boolean
  joinedAt: number
  /** As in `EjectionRecord`. */
  failures: number
  times: number
  outUntil: number
}

/** An endpoint, or all of an agent, gets no requests for a while. */
export interface Ejection {
  readonly endpoint: Endpoint
  /** `agent`: failures of several services on it. */
  readonly what: 'endpoint' | 'agent'
  /** Ms since 1970. */
  readonly until: number
  /** What the last failure was: a status, or a `FailureReason`. */
  readonly reason: string
}

export interface BookTools extends WatchDefaults {
  readonly agents: AgentRules
  /** Ms since 1970. */
  now(): number
  onEjected?(ejection: Ejection): void
}

/** As the configuration has it by default. */
export const defaultWatch: Pick<BookTools, 'ejection' | 'agents' | 'slowStartMs'> = {
  ejection: { after: 5, statuses: [], firstMs: 5000, longestMs: 300_000 },
  agents: { services: 2, withinMs: 5000, forMs: 10_000 },
  slowStartMs: 0
}

/** What this process knows of endpoints, whatever table they are in. */
export class EndpointBook {
  readonly #tools: BookTools
  readonly #states = new Map<string, EndpointState>()
  readonly #watches = new Map<ServiceId, ServiceWatch>()
  readonly #agents: AgentWatch
  /** Ids of endpoints that don't pass their probes. */
  readonly #down = new Set<string>()
  readonly #watched = (endpoint: Endpoint): Watched => {
    const { outUntil = 0, joinedAt = 0 } = this.#states.get(endpoint.id) ?? {}
    return { outUntil, joinedAt, agentOutUntil: this.#agents.suspectUntil(endpoint.agent) }
  }

  constructor(tools: BookTools) {
    this.#tools = tools
    this.#agents = new AgentWatch(tools.agents)
  }

  /** The endpoints of a service are these now. @returns who watches them */
  adopt(service: Service, before: readonly Endpoint[]): ServiceWatch {
    const watch = this.#watches.get(service.id) ?? new ServiceWatch(this.#tools)
    this.#watches.set(service.id, watch)
    const ids = new Set(service.endpoints.map(({ id }) => id))
    for (const { id } of before) if (!ids.has(id)) this.#leave(id)
    const joinedAt = before.some(({ lastResort }) => !lastResort) ? this.#tools.now() : 0
    for (const { id, lastResort } of service.endpoints) {
      const known = this.#states.get(id)
      const state =
        known?.watch === watch
          ? known
          : { ...freshState(watch, service.id, joinedAt), inFlight: known?.inFlight ?? 0 }
      state.gone = false
      state.leaving = lastResort
      this.#states.set(id, state)
    }
    watch.adopt(
      service,
      this.up(service).filter(({ lastResort }) => !lastResort)
    )
    return watch
  }

  /** The service is gone. */
  forget({ id, endpoints }: Service): void {
    this.#watches.delete(id)
    for (const endpoint of endpoints) this.#leave(endpoint.id)
  }

  of({ id }: Endpoint): EndpointState {
    const known = this.#states.get(id)
    if (known !== undefined) return known
    const state = { ...freshState(new ServiceWatch(this.#tools), '', 0), gone: true }
    this.#states.set(id, state)
    return state
  }

  inFlight({ id }: Endpoint): number {
    return this.#states.get(id)?.inFlight ?? 0
  }

  /** Those that its probes, if any, let take requests. */
  up({ endpoints }: Service): readonly Endpoint[] {
    return this.#down.size === 0 ? endpoints : endpoints.filter(({ id }) => !this.#down.has(id))
  }

  setDown({ id }: Endpoint, isDown: boolean): void {
    if (isDown) this.#down.add(id)
    else this.#down.delete(id)
  }

  /** Those that get no requests now. */
  out(watch: ServiceWatch): readonly Endpoint[] {
    return watch.outAt(this.#tools.now(), this.#watched)
  }

  share(watch: ServiceWatch, endpoint: Endpoint): number {
    return watch.shareAt(endpoint, this.#tools.now())
  }

  /** @param status of the answer; 0: its head did not come */
  ended(endpoint: Endpoint, status: number, failure: AttemptFailure | undefined): void {
    const state = this.#states.get(endpoint.id)
    if (state === undefined) return
    if (state.inFlight > 0) state.inFlight--
    if (failure !== undefined || status >= 500) this.#judge(endpoint, state, status, failure)
    else if (status !== 0 && state.failures !== 0) state.failures = 0
    if (state.gone && state.inFlight === 0) this.#states.delete(endpoint.id)
  }

  get stats(): { readonly ejected: number; readonly suspectAgents: number } {
    const now = this.#tools.now()
    let ejected = 0
    for (const { outUntil } of this.#states.values()) if (now < outUntil) ejected++
    return { ejected, suspectAgents: this.#agents.count(now) }
  }

  #judge(
    endpoint: Endpoint,
    state: EndpointState,
    status: number,
    failure: AttemptFailure | undefined
  ): void {
    if (state.gone || state.leaving) return
    const { watch, service } = state
    const { now, onEjected } = this.#tools
    const at = now()
    const isBad = isFailure(status, failure, watch.rules)
    if (isBad === false) state.failures = 0
    if (isBad !== true) return
    const reason = failure?.reason ?? `${status}`
    if (noteFailure(state, watch.rules, at)) {
      watch.lookSoon()
      onEjected?.({ endpoint, what: 'endpoint', until: state.outUntil, reason })
    }
    const { agent } = endpoint
    if (failure === undefined || !isLost(failure) || !this.#agents.note(agent, service, at)) return
    for (const one of this.#watches.values()) one.lookSoon()
    onEjected?.({ endpoint, what: 'agent', until: this.#agents.suspectUntil(agent), reason })
  }

  #leave(id: string): void {
    const state = this.#states.get(id)
    if (state === undefined) return
    state.gone = true
    if (state.inFlight === 0) this.#states.delete(id)
  }
}

function freshState(watch: ServiceWatch, service: ServiceId, joinedAt: number): EndpointState {
  const seen = { inFlight: 0, gone: false, leaving: false }
  return { ...seen, watch, service, joinedAt, failures: 0, times: 0, outUntil: 0 }
}
