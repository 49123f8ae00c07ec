import type { Route } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'

/** The backend that each route of a table was given. */
export type Targets = ReadonlyMap<Route, string>

/**
 * `host backend`, sorted, as in marathon-lb's `domain2backend.map`; `*` is every other host. Routes with
 * a path of their own are not in it: the format can't say one.
 */
export function vhostLines({ routes }: Table, targets: Targets): string[] {
  const lines = [...routes.values()].flatMap((route) => {
    const backend = targets.get(route)
    const { host = '*', path } = route.match
    return backend === undefined || path !== '/' ? [] : [`${host} ${backend}`]
  })
  return [...new Set(lines)].sort()
}

/** `/app/id backend`, sorted, as in marathon-lb's `app2backend.map`. */
export function appLines({ apps }: Table, targets: Targets): string[] {
  const byServices = new Map<string, string>()
  for (const [route, backend] of targets) {
    const key = servicesOf(route)
    if (!byServices.has(key)) byServices.set(key, backend)
  }
  const lines = [...apps].flatMap(([app, route]) => {
    const backend = targets.get(route) ?? byServices.get(servicesOf(route))
    return backend === undefined ? [] : [`${app} ${backend}`]
  })
  return lines.sort()
}

function servicesOf({ services }: Route): string {
  return JSON.stringify(services.map(({ service, weight }) => [service, weight]))
}
