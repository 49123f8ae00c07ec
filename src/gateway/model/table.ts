import { createHash } from 'node:crypto'
import type { HostIndex } from './host-index.ts'
import { buildHostIndex } from './host-index.ts'
import type { Route, RouteId, Service, ServiceId, TableData } from './route.ts'

/** What routing looks at in a request. */
export interface RequestFacts {
  /** The Host header as sent (or the authority of an absolute target); undefined when there was none. */
  readonly host: string | undefined
  /** Raw request target in origin form, with its query. */
  readonly target: string
  readonly method: string
  /** Value of a header (lower-case name); undefined when absent. */
  header(name: string): string | undefined
}

/** All routes and services, compiled and immutable; exactly one is current. */
export interface Table {
  /** Same data, same hash. */
  readonly hash: string
  readonly routes: ReadonlyMap<RouteId, Route>
  readonly services: ReadonlyMap<ServiceId, Service>
  /** By app id, for `X-Marathon-App-Id`. These routes are not in `routes`. */
  readonly apps: ReadonlyMap<string, Route>
  /** By service, for its service port. These routes are not in `routes`. */
  readonly ports: ReadonlyMap<ServiceId, Route>
  /** What `resolve` looks hosts and paths up in. */
  readonly index: HostIndex
  /** What it was built from, in order of ids: for other processes and for disk. */
  readonly data: TableData
}

/** Builds the table; the order of the data does not matter. */
export function buildTable(data: TableData): Table {
  const routes = [...data.routes].sort(byId)
  const services = [...data.services].sort(byId)
  const appRoutes = [...(data.appRoutes ?? [])].sort((a, b) => (a.app < b.app ? -1 : 1))
  const portRoutes = [...(data.portRoutes ?? [])].sort((a, b) => (a.service < b.service ? -1 : 1))
  return {
    hash: hashOf(routes, services, appRoutes, portRoutes),
    routes: new Map(routes.map((route) => [route.id, route])),
    services: new Map(services.map((service) => [service.id, service])),
    apps: new Map(appRoutes.map(({ app, route }) => [app, route])),
    ports: new Map(portRoutes.map(({ service, route }) => [service, route])),
    index: buildHostIndex(routes),
    data: { routes, services, appRoutes, portRoutes }
  }
}

/** The table before anything is known: every request is 404. */
export function emptyTable(): Table {
  return buildTable({ routes: [], services: [] })
}

/** Not `localeCompare`: its order differs between machines. */
function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

/** Piece by piece, as one text of all would be tens of megabytes in a large cluster. */
function hashOf(...parts: readonly (readonly unknown[])[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(`${part.length}\n`)
    for (const one of part) hash.update(`${JSON.stringify(one)}\n`)
  }
  return hash.digest('hex').slice(0, 32)
}
