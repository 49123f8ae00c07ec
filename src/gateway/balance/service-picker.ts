import type { Endpoint, Service } from '../model/route.ts'
import type { Picker, PickerMaker, PickerTools, PickRequest } from './picker.ts'

/** The pickers of one service in one table, and what the balancer asks about its endpoints. */
export interface ServicePicker {
  readonly service: Service
  /** For the table's successor. */
  readonly normal: Picker
  readonly lastResort: Picker
  /** Some endpoint of this kind is not in `tried`. */
  has(tried: readonly Endpoint[], options: { readonly lastResort: boolean }): boolean
  pick(
    request: PickRequest,
    tried: readonly Endpoint[],
    options: { readonly lastResort: boolean }
  ): Endpoint | undefined
  /** The endpoint that a sticky cookie leads to; undefined when its task is gone, tried, out or the last resort. */
  sticky(value: string, tried: readonly Endpoint[]): Endpoint | undefined
}

/** What is known of the endpoints of a service, apart from the table. */
export interface Outlook {
  /** Nobody is out and nobody is new: it need not be asked. */
  readonly calm: boolean
  /** Get no requests while others can take them. */
  out(): readonly Endpoint[]
  /** Part of its share of requests that an endpoint may have, up to 1. */
  share(endpoint: Endpoint): number
}

/** @param inRotation endpoints that may be picked at all */
export function createServicePicker(
  service: Service,
  inRotation: readonly Endpoint[],
  make: PickerMaker,
  tools: PickerTools,
  outlook: Outlook,
  previous: ServicePicker | undefined
): ServicePicker {
  const endpoints = inRotation.filter((endpoint) => !endpoint.lastResort)
  const reserve = inRotation.filter((endpoint) => endpoint.lastResort)
  const normal = make(service, endpoints, previous?.normal, tools)
  const lastResort = make(service, reserve, previous?.lastResort, tools)
  const byCookie =
    service.sticky === undefined
      ? undefined
      : new Map(endpoints.map((endpoint) => [endpoint.cookie, endpoint]))

  /** A retry may meet a newer table than its first attempt: the same endpoint is another object there. */
  function inThisTable(tried: readonly Endpoint[]): readonly Endpoint[] {
    if (tried.length === 0) return tried
    return tried.map((old) => service.endpoints.find(({ id }) => id === old.id) ?? old)
  }

  /** Somebody was tried, is out, or is new. */
  function pickWithCare(request: PickRequest, tried: readonly Endpoint[], picker: Picker) {
    const known = inThisTable(tried)
    const out = outlook.calm ? NONE : outlook.out()
    // What ended a task may have ended all of its agent.
    const wary = together(onAgentsOf(known, service.endpoints), out)
    const first = picker(request, wary)
    if (first !== undefined) return warm(first, request, wary, picker)
    return (
      (out.length > 0 && known.length > 0 ? picker(request, together(known, out)) : undefined) ??
      picker(request, known)
    )
  }

  /** A new endpoint leaves a part of what it is picked for to the next one. */
  function warm(
    first: Endpoint,
    request: PickRequest,
    wary: readonly Endpoint[],
    picker: Picker
  ): Endpoint {
    // Where a key decides, it has to decide alike each time.
    if (outlook.calm || service.picker === 'hash') return first
    const share = outlook.share(first)
    if (share >= 1 || tools.random() < share) return first
    return picker(request, [...wary, first]) ?? first
  }

  return {
    service,
    normal,
    lastResort,
    has(tried, options) {
      const own = options.lastResort ? reserve : endpoints
      if (tried.length === 0) return own.length > 0
      const known = inThisTable(tried)
      return own.some((one) => !known.includes(one))
    },
    pick(request, tried, options) {
      const picker = options.lastResort ? lastResort : normal
      if (tried.length === 0 && outlook.calm) return picker(request, tried)
      return pickWithCare(request, tried, picker)
    },
    sticky(value, tried) {
      const endpoint = byCookie?.get(value)
      if (endpoint === undefined || inThisTable(tried).includes(endpoint)) return undefined
      return !outlook.calm && outlook.out().includes(endpoint) ? undefined : endpoint
    }
  }
}

const NONE: readonly Endpoint[] = []

function together(some: readonly Endpoint[], others: readonly Endpoint[]): readonly Endpoint[] {
  if (others.length === 0) return some
  return some.length === 0 ? others : [...new Set([...some, ...others])]
}

/** Those endpoints, and all others on the same agents. */
function onAgentsOf(tried: readonly Endpoint[], all: readonly Endpoint[]): readonly Endpoint[] {
  if (tried.length === 0) return tried
  const agents = new Set(tried.map(({ agent }) => agent))
  return [...tried, ...all.filter((one) => agents.has(one.agent) && !tried.includes(one))]
}
