import type {
  Endpoint,
  LeftOut,
  Origin,
  Probe,
  Route,
  Service,
  ServiceEjection,
  ServiceId
} from './route.ts'
import type { Table } from './table.ts'

/** A service that a request may go to, as explain tells of it. */
export interface ExplainedService {
  readonly id: ServiceId
  readonly weight: number
  readonly picker: string
  readonly sticky?: string
  readonly probe?: Probe
  readonly origin: Origin
  readonly endpoints: readonly Endpoint[]
  readonly leftOut: readonly LeftOut[]
  readonly ejection?: ServiceEjection
  readonly slowStartMs?: number
  /** Endpoints that get no requests for a while, as processes that carry traffic see it. */
  readonly notes?: readonly ExplainedNote[]
}

export interface ExplainedNote {
  /** Id of the endpoint. */
  readonly endpoint: string
  /** Ms since 1970. */
  readonly until: number
  readonly text: string
}

/** What a route leads to; services that the table does not have are left out. */
export function explainedServices(table: Table, route: Route): ExplainedService[] {
  return route.services.flatMap(({ service: id, weight }) => {
    const service: Service | undefined = table.services.get(id)
    if (service === undefined) return []
    const { picker, sticky, probe, ejection, slowStartMs, origin, endpoints, leftOut } = service
    const optional = {
      ...(sticky && { sticky }),
      ...(probe && { probe }),
      ...(ejection && { ejection }),
      ...(slowStartMs !== undefined && { slowStartMs })
    }
    return [{ id, weight, picker, ...optional, origin, endpoints, leftOut }]
  })
}
