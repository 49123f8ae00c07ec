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
  /** The endpoint that a sticky cookie leads to; undefined when its task is gone, tried or the last resort. */
  sticky(value: string, tried: readonly Endpoint[]): Endpoint | undefined
}

export function createServicePicker(
  service: Service,
  make: PickerMaker,
  tools: PickerTools,
  previous: ServicePicker | undefined
): ServicePicker {
  const endpoints = service.endpoints.filter((endpoint) => !endpoint.lastResort)
  const reserve = service.endpoints.filter((endpoint) => endpoint.lastResort)
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
      if (tried.length === 0) return picker(request, tried)
      const known = inThisTable(tried)
      // What ended a task may have ended all of its agent.
      return picker(request, onAgentsOf(known, service.endpoints)) ?? picker(request, known)
    },
    sticky(value, tried) {
      const endpoint = byCookie?.get(value)
      return endpoint === undefined || inThisTable(tried).includes(endpoint) ? undefined : endpoint
    }
  }
}

/** Those endpoints, and all others on the same agents. */
function onAgentsOf(tried: readonly Endpoint[], all: readonly Endpoint[]): readonly Endpoint[] {
  const agents = new Set(tried.map(({ agent }) => agent))
  return [...tried, ...all.filter((one) => agents.has(one.agent) && !tried.includes(one))]
}
