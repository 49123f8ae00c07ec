import { resolve } from '../../../gateway/model/resolve.ts'
import type { Route } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { NotPortable } from '../render/options.ts'

/** Hosts of this name are never anybody's (RFC 6761 §6.4). */
const NOBODYS_HOST = 'nobody.invalid'

/**
 * A host for requests that say nothing about a table: one that leads to a task by a portable route, if
 * there is any. Undefined: every host leads to a route that is not portable.
 */
export function plainHost(
  table: Table,
  notPortable: readonly NotPortable[],
  target: string
): string | undefined {
  const left = new Set(notPortable.map(({ route }) => route))
  const reached = (host: string) =>
    resolve(table, { host, target, method: 'GET', header: () => undefined })
  for (const { match } of table.routes.values()) {
    const { host = '*' } = match
    if (host.includes('*')) continue
    const found = reached(host)
    if (found.kind === 'route' && isServed(table, found.route, left)) return host
  }
  const nobodys = reached(NOBODYS_HOST)
  const isAsked = nobodys.kind !== 'route' || !left.has(nobodys.route.id)
  return isAsked ? NOBODYS_HOST : undefined
}

function isServed(table: Table, route: Route, left: ReadonlySet<string>): boolean {
  const { closed, guard, services, id } = route
  if (closed !== undefined || guard !== undefined || left.has(id)) return false
  return services.some(
    ({ service, weight }) => weight > 0 && table.services.get(service)?.endpoints.length !== 0
  )
}
