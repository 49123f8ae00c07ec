import { DigestSum } from './digest-sum.ts'
import type { HostIndex } from './host-index.ts'
import { emptyHostIndex, updateHostIndex } from './host-index.ts'
import { LayeredMap } from './layered-map.ts'
import type { Route, Service, TableData } from './route.ts'
import { runSteps, type Steps } from './steps.ts'
import type { EntryChanges, TableChanges } from './table-changes.ts'

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

/**
 * All routes and services, compiled and immutable; exactly one is current. What a table has in common
 * with the one it was made from is the same object in both.
 */
export interface Table {
  /** Same data, same hash. */
  readonly hash: string
  readonly routes: LayeredMap<Route>
  readonly services: LayeredMap<Service>
  /** By app id, for `X-Marathon-App-Id`. These routes are not in `routes`. */
  readonly apps: LayeredMap<Route>
  /** By service, for its service port. These routes are not in `routes`. */
  readonly ports: LayeredMap<Route>
  /** What `resolve` looks hosts and paths up in. */
  readonly index: HostIndex
  /** All of it in order of ids: for other processes and for disk. Made when it is asked for. */
  readonly data: TableData
}

type Parts = Omit<Table, 'data'>

/**
 * Builds the table; the order of the data does not matter.
 *
 * @param previous what did not change since this one is taken from it
 */
export function buildTable(data: TableData, previous = emptyTable()): Table {
  return updateTable(previous, changesTo(data, previous))
}

/** The table before anything is known: every request is 404. */
export function emptyTable(): Table {
  return withData({
    hash: new DigestSum().toString(),
    routes: LayeredMap.of(),
    services: LayeredMap.of(),
    apps: LayeredMap.of(),
    ports: LayeredMap.of(),
    index: emptyHostIndex
  })
}

/** The table after these changes, at the cost of what changes. The same table when nothing does. */
export function updateTable(previous: Table, changes: TableChanges): Table {
  return runSteps(updateSteps(previous, changes))
}

/** The same, entry by entry. */
export function* updateSteps(previous: Table, changes: TableChanges): Steps<Table> {
  const sum = new DigestSum(previous.hash)
  const routes = yield* realChanges('route', previous.routes, changes.routes, sum)
  const services = yield* realChanges('service', previous.services, changes.services, sum)
  const apps = yield* realChanges('app', previous.apps, changes.appRoutes, sum)
  const ports = yield* realChanges('port', previous.ports, changes.portRoutes, sum)
  if (routes.size + services.size + apps.size + ports.size === 0) return previous
  const index = yield* updateHostIndex(previous.index, previous.routes, routes)
  return withData({
    hash: sum.toString(),
    routes: yield* grown(previous.routes, routes),
    services: yield* grown(previous.services, services),
    apps: yield* grown(previous.apps, apps),
    ports: yield* grown(previous.ports, ports),
    index
  })
}

function* grown<Value extends object>(
  map: LayeredMap<Value>,
  changes: ReadonlyMap<string, Value | undefined>
): Steps<LayeredMap<Value>> {
  yield
  return yield* map.withSteps(changes)
}

/** Changes that change something; an entry that says the same stays the object it was. */
function* realChanges<Value extends object>(
  kind: string,
  before: LayeredMap<Value>,
  { put, removed }: EntryChanges<Value>,
  sum: DigestSum
): Steps<ReadonlyMap<string, Value | undefined>> {
  const changes = new Map<string, Value | undefined>()
  const textOf = (key: string, value: Value) => `${kind} ${key}\n${JSON.stringify(value)}`
  const wanted = new Map<string, Value | undefined>(put)
  for (const key of removed) wanted.set(key, undefined)
  for (const [key, value] of wanted) {
    const old = before.get(key)
    if (old === value) continue
    yield
    const oldText = old && textOf(key, old)
    const text = value && textOf(key, value)
    if (text === oldText) continue
    if (oldText !== undefined) sum.remove(oldText)
    if (text !== undefined) sum.add(text)
    changes.set(key, value)
  }
  return changes
}

function changesTo(data: TableData, previous: Table): TableChanges {
  const { routes, services, appRoutes = [], portRoutes = [] } = data
  return {
    routes: allOf(
      routes.map((route) => [route.id, route]),
      previous.routes
    ),
    services: allOf(
      services.map((service) => [service.id, service]),
      previous.services
    ),
    appRoutes: allOf(
      appRoutes.map(({ app, route }) => [app, route]),
      previous.apps
    ),
    portRoutes: allOf(
      portRoutes.map(({ service, route }) => [service, route]),
      previous.ports
    )
  }
}

function allOf<Value extends object>(
  put: readonly (readonly [string, Value])[],
  before: LayeredMap<Value>
): EntryChanges<Value> {
  const wanted = new Set(put.map(([key]) => key))
  return { put, removed: [...before.keys()].filter((key) => !wanted.has(key)) }
}

function withData(parts: Parts): Table {
  let data: TableData | undefined
  return {
    ...parts,
    get data() {
      data ??= {
        routes: [...parts.routes.values()],
        services: [...parts.services.values()],
        appRoutes: [...parts.apps].map(([app, route]) => ({ app, route })),
        portRoutes: [...parts.ports].map(([service, route]) => ({ service, route }))
      }
      return data
    }
  }
}
