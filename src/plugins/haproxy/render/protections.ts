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

/** Whether something may keep requests out. */
export function isProtected({ closed, hooks, guard }: Route): boolean {
  return closed !== undefined || hooks !== '' || guard !== undefined
}

/** Empty: nothing. Two routes are protected alike when the texts are the same. */
function protectionOf(route: Route): string {
  const { closed, hooks, guard } = route
  return isProtected(route) ? JSON.stringify([closed !== undefined, hooks, guard]) : ''
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
