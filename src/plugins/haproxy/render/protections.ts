import type { Route, ServiceId, WeightedService } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'

/** By service: what protects each of the routes that lead to it, for those that are protected. */
export type Protections = ReadonlyMap<ServiceId, ReadonlySet<string>>

export function protectionsOf({ routes, apps }: Table): Protections {
  const found = new Map<ServiceId, Set<string>>()
  for (const route of [...routes.values(), ...apps.values()]) {
    const protection = protectionOf(route)
    if (protection === '') continue
    for (const { service } of route.services) {
      found.set(service, (found.get(service) ?? new Set()).add(protection))
    }
  }
  return found
}

/** Empty: nothing. Two routes are protected alike when the texts are the same. */
function protectionOf({ closed, hooks, guard }: Route): string {
  const isOpen = closed === undefined && hooks === '' && guard === undefined
  return isOpen ? '' : JSON.stringify([closed !== undefined, hooks, guard])
}

/** TCP knows no guards; a port that speaks HTTP has to keep those of every route to its services. */
export function leadsPastGuards(
  { http, services }: { readonly http?: Route; readonly services: readonly WeightedService[] },
  protections: Protections
): boolean {
  if (http?.closed !== undefined) return false
  const own = http === undefined ? '' : protectionOf(http)
  return services.some(({ service }) =>
    [...(protections.get(service) ?? [])].some((protection) => protection !== own)
  )
}
