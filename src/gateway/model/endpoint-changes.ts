import type { Endpoint, Service } from './route.ts'
import type { Table } from './table.ts'

/** A service that came, went, or is another object. */
export interface ServiceChange {
  readonly before: Service | undefined
  readonly after: Service | undefined
}

/** What makes the difference between two tables; endpoints are told when they are asked for. */
export interface EndpointChanges {
  readonly services: readonly ServiceChange[]
  /** No longer there under this id and address. */
  left(): Iterable<Endpoint>
  joined(): Iterable<Endpoint>
}

/** Costs what differs when one table was made from the other. */
export function endpointChanges(previous: Table, next: Table): EndpointChanges {
  const services: ServiceChange[] = []
  for (const id of previous.services.changedKeys(next.services)) {
    services.push({ before: previous.services.get(id), after: next.services.get(id) })
  }
  return {
    services,
    *left() {
      for (const { before, after } of services) {
        if (before !== undefined) yield* onlyIn(before, after)
      }
    },
    *joined() {
      for (const { before, after } of services) {
        if (after !== undefined) yield* onlyIn(after, before)
      }
    }
  }
}

function onlyIn(service: Service, other: Service | undefined): readonly Endpoint[] {
  if (other === undefined) return service.endpoints
  const others = new Map(other.endpoints.map((one) => [one.id, one]))
  return service.endpoints.filter((endpoint) => {
    const same = others.get(endpoint.id)
    return same === undefined || !isSameAddress(same, endpoint)
  })
}

/** A task that comes back under its id may be elsewhere. */
export function isSameAddress(one: Endpoint, other: Endpoint): boolean {
  return one === other || (one.port === other.port && one.host === other.host)
}
