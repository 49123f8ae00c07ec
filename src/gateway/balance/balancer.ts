import { LayeredMap } from '../model/layered-map.ts'
import type { Endpoint, Route, RouteId, Service, ServiceId } from '../model/route.ts'
import type { Table } from '../model/table.ts'
import type { AttemptFailure } from './ejection.ts'
import { type BookTools, EndpointBook } from './endpoint-book.ts'
import type { PickerMaker, PickerTools, PickRequest } from './picker.ts'
import { pickers as builtIn, hashKeyOf } from './pickers.ts'
import { createServicePicker, type Outlook, type ServicePicker } from './service-picker.ts'
import { serviceByKey, WeightedTurn } from './weights.ts'

export interface BalancerTools extends BookTools {
  /** By name; a service whose picker is missing is served by round robin. */
  readonly pickers: ReadonlyMap<string, PickerMaker>
  /** 0 ≤ x < 1. */
  random(): number
}

export interface Picked {
  readonly service: Service
  readonly endpoint: Endpoint
}

/** Chooses endpoints, in one process. Knows what is in flight, and keeps it over a change of tables. */
export interface Balancer {
  /** The table that picks are made from from now on. Costs what differs when it was made from the last. */
  apply(table: Table): void
  /** Undefined: no endpoint is left that was not tried. Weights first, the service's picker then. */
  pick(route: Route, request: PickRequest, tried: readonly Endpoint[]): Picked | undefined
  /** @param repeated it is not the first attempt of its request */
  started(endpoint: Endpoint, now: number, repeated: boolean): void
  /**
   * @param status of the answer; 0: its head did not come
   * @param failure absent as well: the client went away before
   */
  ended(endpoint: Endpoint, status: number, failure?: AttemptFailure): void
  /** Whether a request that this endpoint may have seen may go on to another one: draws on a budget. */
  mayRepeat(endpoint: Endpoint, now: number): boolean
  inFlight(endpoint: Endpoint): number
  /** Takes an endpoint out altogether, as its probes do, or back in; when all are out, none is picked. */
  setDown(service: ServiceId, endpoint: Endpoint, isDown: boolean): void
  /** How many endpoints are out of rotation, and how many agents are suspect. */
  readonly stats: EndpointBook['stats']
  /** A Set-Cookie value, when the service is sticky and the request's cookie did not lead here. */
  setCookie(route: Route, endpoint: Endpoint, request?: PickRequest): string | undefined
}

const NORMAL = { lastResort: false }
const LAST_RESORT = { lastResort: true }

export function createBalancer(parts: BalancerTools): Balancer {
  const { pickers, random } = parts
  let services = LayeredMap.of<Service>()
  const made = new Map<ServiceId, ServicePicker>()
  const turns = new Map<RouteId, { route: Route; turn: WeightedTurn }>()
  const book = new EndpointBook(parts)
  const inFlight = (endpoint: Endpoint): number => book.inFlight(endpoint)
  const tools: PickerTools = { inFlight, random }

  function pickerOf(id: ServiceId): ServicePicker | undefined {
    const known = made.get(id)
    const service = services.get(id)
    if (known !== undefined && known.service === service) return known
    return service === undefined ? undefined : renew(service, known)
  }

  /** Who leaves or is on the way out is known from the moment of the swap on. */
  function follow(id: ServiceId): void {
    const known = made.get(id)
    if (known === undefined || pickerOf(id) !== undefined) return
    made.delete(id)
    book.forget(known.service)
  }

  function renew(service: Service, known: ServicePicker | undefined): ServicePicker {
    const { id } = service
    const make = pickers.get(service.picker) ?? builtIn['round-robin']
    // A rotation goes on only with the picker it was made by.
    const previous = known?.service.picker === service.picker ? known : undefined
    const outlook = outlookOf(service, known?.service)
    const next = createServicePicker(service, book.up(service), make, tools, outlook, previous)
    made.set(id, next)
    return next
  }

  function outlookOf(service: Service, before: Service | undefined): Outlook {
    const watch = book.adopt(service, before?.endpoints ?? [])
    return {
      get calm() {
        return watch.calm
      },
      out: () => book.out(watch),
      share: (endpoint) => book.share(watch, endpoint)
    }
  }

  function bySticky(route: Route, request: PickRequest, tried: readonly Endpoint[]) {
    for (const { service: id, weight } of route.services) {
      const service = services.get(id)
      if (service?.sticky === undefined || weight <= 0) continue
      const value = request.cookie(service.sticky)
      const endpoint = value === undefined ? undefined : pickerOf(id)?.sticky(value, tried)
      if (endpoint !== undefined) return { service, endpoint }
    }
    return undefined
  }

  function pickAmong(
    route: Route,
    request: PickRequest,
    tried: readonly Endpoint[],
    kind: typeof NORMAL
  ): Picked | undefined {
    const [first] = route.services
    if (first === undefined) return undefined
    const at = route.services.length === 1 ? 0 : position(route, request, tried, kind)
    const chosen = route.services[at]
    if (chosen === undefined || chosen.weight <= 0) return undefined
    const picker = pickerOf(chosen.service)
    const endpoint = picker?.pick(request, tried, kind)
    return picker === undefined || endpoint === undefined
      ? undefined
      : { service: picker.service, endpoint }
  }

  function position(
    route: Route,
    request: PickRequest,
    tried: readonly Endpoint[],
    kind: typeof NORMAL
  ): number {
    const mayTake = ({ service }: { service: ServiceId }) =>
      pickerOf(service)?.has(tried, kind) ?? false
    const first = services.get(route.services[0]?.service ?? '')
    const key = first === undefined ? undefined : hashKeyOf(first, request)
    return key === undefined
      ? turnOf(route).next(mayTake)
      : serviceByKey(route.services, key, mayTake)
  }

  function turnOf(route: Route): WeightedTurn {
    const known = turns.get(route.id)
    if (known !== undefined && sameShares(known.route, route)) return known.turn
    const turn = new WeightedTurn(route.services)
    turns.set(route.id, { route, turn })
    return turn
  }

  return {
    apply(table) {
      const before = services
      services = table.services
      if (made.size > 0) for (const id of before.changedKeys(services)) follow(id)
      for (const id of turns.keys()) if (!table.routes.has(id)) turns.delete(id)
    },
    pick(route, request, tried) {
      return (
        bySticky(route, request, tried) ??
        pickAmong(route, request, tried, NORMAL) ??
        pickAmong(route, request, tried, LAST_RESORT)
      )
    },
    started(endpoint, now, repeated) {
      const state = book.of(endpoint)
      state.inFlight++
      if (!repeated) state.watch.budget.count(now)
    },
    ended: (endpoint, status, failure) => book.ended(endpoint, status, failure),
    mayRepeat: (endpoint, now) => book.of(endpoint).watch.budget.take(now),
    inFlight,
    setDown(id, endpoint, isDown) {
      book.setDown(endpoint, isDown)
      const known = made.get(id)
      if (known !== undefined && known.service === services.get(id)) renew(known.service, known)
    },
    get stats() {
      return book.stats
    },
    setCookie(route, endpoint, request) {
      if (endpoint.cookie === '') return undefined
      for (const { service: id } of route.services) {
        const service = services.get(id)
        const name = service?.sticky
        if (name === undefined || !service?.endpoints.some(({ id: one }) => one === endpoint.id))
          continue
        if (request?.cookie(name) === endpoint.cookie) return undefined
        return `${name}=${endpoint.cookie}; Path=/; HttpOnly; SameSite=Lax`
      }
      return undefined
    }
  }
}

/** A new table with the same weights goes on where the turn stands. */
function sameShares(a: Route, b: Route): boolean {
  return (
    a === b ||
    (a.services.length === b.services.length &&
      a.services.every((one, at) => {
        const other = b.services[at]
        return one.service === other?.service && one.weight === other.weight
      }))
  )
}
