import type { Endpoint } from './route.ts'
import type { Table } from './table.ts'

/** The endpoints that make the difference between two tables, each told when it is asked for. */
export interface EndpointChanges {
  /** No longer there under this id and address. */
  left(): Iterable<Endpoint>
  joined(): Iterable<Endpoint>
}

/** Costs what differs when one table was made from the other. */
export function endpointChanges(previous: Table, next: Table): EndpointChanges {
  return { left: () => onlyIn(previous, next), joined: () => onlyIn(next, previous) }
}

function* onlyIn({ services }: Table, other: Table): Generator<Endpoint, undefined, unknown> {
  for (const id of services.changedKeys(other.services)) {
    const own = services.get(id)
    if (own === undefined) continue
    const others = byId(other.services.get(id)?.endpoints)
    for (const endpoint of own.endpoints) {
      const same = others.get(endpoint.id)
      if (same === undefined || !isSameAddress(same, endpoint)) yield endpoint
    }
  }
}

const NONE: ReadonlyMap<string, Endpoint> = new Map()

function byId(endpoints: readonly Endpoint[] | undefined): ReadonlyMap<string, Endpoint> {
  return endpoints === undefined ? NONE : new Map(endpoints.map((one) => [one.id, one]))
}

/** A task that comes back under its id may be elsewhere. */
export function isSameAddress(one: Endpoint, other: Endpoint): boolean {
  return one === other || (one.port === other.port && one.host === other.host)
}
