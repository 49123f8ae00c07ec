import type { Problem } from '../../../gateway/model/problem.ts'
import type { ServiceId } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { DesiredBackend, DesiredMap } from '../desired.ts'
import { serverWords } from './backend-settings.ts'
import type { BackendBook } from './backends.ts'
import { SECTION_RULE } from './front-rules.ts'
import { type Listener, listenersOf } from './listeners.ts'
import { nameOfId, OWN_PREFIX } from './names.ts'
import type { RenderOptions } from './options.ts'
import { commonProbe, probeLines, probeWords } from './probe-lines.ts'
import { protectionsOf } from './protections.ts'
import { serversOf } from './server-list.ts'
import { bindWords, HTTP_DEFAULTS, requestLines, section, TCP_DEFAULTS } from './structure.ts'

/** Which backend each listener of HTTP leads to. */
export const PORTS_MAP = 'ports.map'

export interface ServicePorts {
  /** One frontend for each port of TCP, and one for all of HTTP. */
  readonly structure: readonly string[]
  /** Those of TCP: the others are in the book. */
  readonly backends: readonly DesiredBackend[]
  /** None unless a listener needs it. */
  readonly maps: readonly DesiredMap[]
  /** Backends of TCP that must not be led to, not by a listener of before either: past guards. */
  readonly shut: ReadonlySet<string>
  readonly problems: readonly Problem[]
}

/** So that the listeners of a running HAProxy are listed one by one: `show stat` tells their addresses. */
const LISTED = 'option socket-stats'

/**
 * Listeners for the service ports of the table's services. TCP as the script of old gave it, `leastconn`
 * whatever the picker; HTTP as on the front door, apart from the route: it is the port's own.
 */
export function servicePortsOf(
  table: Table,
  book: BackendBook,
  options: RenderOptions
): ServicePorts {
  const { listeners, problems } = listenersOf(table, options)
  const structure: string[] = []
  const backends: DesiredBackend[] = []
  const wrong: Problem[] = []
  const binds: string[] = []
  const entries: (readonly [string, string])[] = []
  for (const listener of listeners) {
    if (listener.http !== undefined) {
      binds.push(httpBind(listener))
      entries.push([nameOf(listener), book.portBackendOf(listener.http)])
      continue
    }
    const tcp = tcpBackend(listener, table, options)
    backends.push(tcp.backend)
    wrong.push(...tcp.problems)
    structure.push(...tcpSection(listener, tcp.backend.name))
  }
  return {
    structure: [...httpSection(binds, options), ...structure],
    backends,
    maps: entries.length === 0 ? [] : [{ name: PORTS_MAP, entries: sorted(entries) }],
    shut: options.servicePorts === undefined ? new Set() : shutBackends(table),
    problems: [...problems, ...wrong]
  }
}

/** Those of services with protected routes: no listener of TCP is opened for them. */
function shutBackends(table: Table): Set<string> {
  const protections = protectionsOf(table)
  const isGuarded = ({ service }: { readonly service: ServiceId }) => protections.has(service)
  const bundles = [...table.ports].filter(([, { services }]) => services.some(isGuarded))
  const leaders = bundles.map(([service]) => service)
  return new Set([...protections.keys(), ...leaders].map(tcpNameOf))
}

function tcpNameOf(service: ServiceId): string {
  return `${nameOfId(service)}__tcp`
}

/** One for all, as each would repeat the rules for requests. */
function httpSection(binds: readonly string[], options: RenderOptions): string[] {
  if (binds.length === 0) return []
  const lookup = [
    `http-request set-var(txn.backend) so_name,map_str(@folder@/${PORTS_MAP})`,
    SECTION_RULE
  ]
  const lines = [LISTED, ...binds, ...requestLines(lookup, options)]
  return section(`frontend ${OWN_PREFIX}ports from ${HTTP_DEFAULTS}`, lines)
}

function httpBind(listener: Listener): string {
  const tls = tlsWords(listener)
  return `${bindWords(listener)} name ${nameOf(listener)}${tls}${tls && ' alpn http/1.1'} proto h1`
}

function tcpSection(listener: Listener, backend: string): string[] {
  return section(`frontend ${OWN_PREFIX}${nameOf(listener)} from ${TCP_DEFAULTS}`, [
    LISTED,
    `${bindWords(listener)}${tlsWords(listener)}`,
    `default_backend ${backend}`
  ])
}

function tlsWords({ certificate }: Listener): string {
  return certificate === undefined ? '' : ` ssl crt ${certificate}`
}

/** `port.10001`, or `port.10001-10.0.0.1` where the app asks for an address of its own. */
function nameOf({ host, port, service }: Listener): string {
  const isOwn = service.listener?.address !== undefined && host !== ''
  return isOwn ? `port.${port}-${host}` : `port.${port}`
}

function tcpBackend(
  { service, services: shares }: Listener,
  table: Table,
  options: RenderOptions
): { readonly backend: DesiredBackend; readonly problems: readonly Problem[] } {
  const { addresses } = options
  const services = shares.flatMap(({ service: id, weight }) => {
    const one = table.services.get(id)
    return one === undefined || !(weight > 0) ? [] : [{ service: one, weight }]
  })
  const { servers, problems } = serversOf({ services, addresses, ring: false })
  const probe = commonProbe(services.map((one) => one.service))
  const backend: DesiredBackend = {
    name: tcpNameOf(service.id),
    settings: ['mode tcp', 'balance leastconn', ...probeLines(probe)],
    serverWords: [...serverWords(options), ...probeWords(probe)],
    servers
  }
  return { backend, problems }
}

function sorted(entries: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}
