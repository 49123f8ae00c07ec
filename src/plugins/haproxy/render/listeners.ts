import type { Problem } from '../../../gateway/model/problem.ts'
import type {
  ListenerFact,
  Route,
  Service,
  ServiceId,
  WeightedService
} from '../../../gateway/model/route.ts'
import { listenerLabels } from '../../../gateway/model/service-port.ts'
import type { Table } from '../../../gateway/model/table.ts'
import { certificateFault } from './certificates.ts'
import { listenerHost, type SocketAddress, socketKey } from './listener-address.ts'
import type { RenderOptions, ServicePortOptions } from './options.ts'
import { leadsPastGuards, type Protections, protectionsOf } from './protections.ts'
import { createTakenSockets, frontSockets, type TakenSockets } from './taken-sockets.ts'
import { isAddress, isPort } from './words.ts'

/** The socket of a service port, and what it leads to. */
export interface Listener extends SocketAddress {
  readonly service: Service
  /** How requests are treated; absent: bytes go both ways. */
  readonly http?: Route
  /** All services that the port leads to, with their shares. */
  readonly services: readonly WeightedService[]
  readonly certificate?: string
}

export interface Listeners {
  readonly listeners: readonly Listener[]
  readonly problems: readonly Problem[]
}

/** Ports that need more rights than others, and belong to services that everybody knows. */
export const DEFAULT_RANGE = [1024, 65_535] as const

/**
 * Who listens where. Of two services that want the same the smaller id has it. A port that can't be
 * bound belongs to nobody, so that one app's mistake keeps no other out.
 */
export function listenersOf(table: Table, options: RenderOptions): Listeners {
  const { servicePorts } = options
  if (servicePorts === undefined) return { listeners: [], problems: unopened(table) }
  const listeners: Listener[] = []
  const problems: Problem[] = []
  const fronts = frontSockets(options)
  const taken = createTakenSockets()
  const protections = protectionsOf(table)
  const shared = sharedServices(table)
  for (const service of table.data.services) {
    if (shared.has(service.id)) continue
    const listener = listenerOf(service, table, servicePorts)
    const fault =
      listener === undefined
        ? withheldFault(service)
        : (faultOf(listener, servicePorts, protections) ??
          conflictOf(listener, fronts) ??
          refusalOf(listener, servicePorts) ??
          conflictOf(listener, taken))
    if (fault !== undefined) problems.push(problemOf(service, fault))
    else if (listener !== undefined) {
      listeners.push(listener)
      taken.add(listener, service.origin.app ?? service.id)
    }
  }
  return { listeners, problems }
}

/** What has to be looked up before it can be said who listens where. */
export interface Wanted {
  readonly sockets: readonly SocketAddress[]
  /** Files that labels name, right or wrong. */
  readonly certificates: ReadonlySet<string>
}

/** Of all who want something, as it depends on the answers who gets it. */
export function wantedOf(table: Table, options: RenderOptions): Wanted {
  const { servicePorts } = options
  if (servicePorts === undefined) return { sockets: [], certificates: new Set() }
  const fronts = frontSockets(options)
  const sockets = new Map<string, SocketAddress>()
  const certificates = new Set<string>()
  for (const service of table.data.services) {
    const listener = listenerOf(service, table, servicePorts)
    if (listener === undefined || !isSayable(listener, servicePorts)) continue
    if (fronts.holderOf(listener) !== undefined) continue
    const { host, port, certificate } = listener
    sockets.set(socketKey(listener), { host, port })
    if (certificate !== undefined) certificates.add(certificate)
  }
  return { sockets: [...sockets.values()], certificates }
}

function isSayable({ host, port }: SocketAddress, options: ServicePortOptions): boolean {
  return isPort(port) && isInRange(port, options) && (host === '' || isAddress(host))
}

function isInRange(port: number, { range = DEFAULT_RANGE }: ServicePortOptions): boolean {
  const [low, high] = range
  return port >= low && port <= high
}

/** Labels that ask for a port where none is opened; Marathon's own ones ask for nothing. */
function unopened({ data }: Table): Problem[] {
  return data.services.flatMap(({ id, origin, listener }) =>
    listenerLabels(listener).map((label) => ({
      source: origin.source,
      app: origin.app ?? id,
      label,
      reason: 'service ports are not opened; that takes haproxy.servicePorts'
    }))
  )
}

function listenerOf(
  service: Service,
  table: Table,
  { host }: ServicePortOptions
): Listener | undefined {
  const { servicePort: port, listener = {} } = service
  if (port === undefined) return undefined
  const own = table.ports.get(service.id)
  const http = listener.mode === 'http' ? (own ?? plainRoute(service.id)) : undefined
  const { certificate } = listener
  return {
    service,
    ...(http !== undefined && { http }),
    services: own?.services ?? [{ service: service.id, weight: 1 }],
    host: listenerHost(listener.address ?? host),
    port,
    ...(certificate !== undefined && { certificate })
  }
}

/** For a service that no app of Marathon stands for. */
function plainRoute(id: ServiceId): Route {
  return {
    id: `${id}:port`,
    match: { path: '/' },
    services: [{ service: id, weight: 1 }],
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {}
  }
}

interface Fault {
  readonly fact?: ListenerFact
  readonly reason: string
}

function withheldFault({ listener }: Service): Fault | undefined {
  const reason = listener?.withheld
  return reason === undefined ? undefined : { reason }
}

function faultOf(
  listener: Listener,
  options: ServicePortOptions,
  protections: Protections
): Fault | undefined {
  const { host, port, certificate } = listener
  if (!isPort(port)) return fail('port', `its service port ${port} is no port`)
  if (!isInRange(port, options)) {
    const range = (options.range ?? DEFAULT_RANGE).join('-')
    return fail('port', `its service port ${port} is not in haproxy.servicePortRange, ${range}`)
  }
  if (host !== '' && !isAddress(host)) return fail('address', 'its address can’t be bound')
  const wrong = certificate === undefined ? undefined : certificateFault(certificate, options)
  if (wrong !== undefined) return fail('certificate', wrong)
  if (leadsPastGuards(listener, protections)) {
    return fail('port', `its service port ${port} would lead past its guards`)
  }
  return undefined
}

function conflictOf(listener: Listener, taken: TakenSockets): Fault | undefined {
  const holder = taken.holderOf(listener)
  if (holder === undefined) return undefined
  return fail('port', `its service port ${listener.port} belongs to ${holder}`)
}

function fail(fact: ListenerFact, why: string): Fault {
  return { fact, reason: `${why}; the service gets no listener of its own` }
}

function refusalOf(listener: Listener, { refused }: ServicePortOptions): Fault | undefined {
  const refusal = refused?.get(socketKey(listener))
  if (refusal === undefined) return undefined
  return fail(refusal.fact, `its service port ${listener.port} can’t be bound: ${refusal.reason}`)
}

/** Services whose port is opened for them by the first of their bundle. */
function sharedServices({ ports }: Table): ReadonlySet<ServiceId> {
  const shared = [...ports].flatMap(([leader, { services }]) =>
    services.flatMap(({ service }) => (service === leader ? [] : [service]))
  )
  return new Set(shared)
}

function problemOf({ origin, id, listener }: Service, { fact, reason }: Fault): Problem {
  const label = fact === undefined ? undefined : listener?.labels?.[fact]
  const app = origin.file ?? origin.app ?? id
  return { source: origin.source, app, ...(label !== undefined && { label }), reason }
}
