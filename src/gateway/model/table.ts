import type { Route, RouteId, Service, ServiceId } from './route.ts'

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
}
