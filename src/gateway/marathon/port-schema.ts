import type { AppPort, NetworkMode } from '../model/app.ts'
import { parseLabels } from './label-schema.ts'
import { countOf, type Fields, fieldsOf, itemsOf, portOf, quote, wordOf } from './read-values.ts'

const MAX_PORTS = 256

/** Takes one sentence about something that is wrong; the app goes on without it. */
export type Report = (reason: string) => void

/** Thrown inside the schema for an app that can't be read at all; never leaves it. */
export class UnreadableError extends Error {}

/** `networks` since 1.5; before, `container.docker.network` and `ipAddress`. Host when nothing is said. */
export function parseNetworkMode(app: Fields): NetworkMode {
  const network = fieldsOf(itemsOf(app['networks'])[0])
  if (network !== undefined) return modeOf(network['mode'])
  const docker = fieldsOf(fieldsOf(app['container'])?.['docker'])?.['network']
  if (docker === 'BRIDGE') return 'bridge'
  if (docker === 'USER') return 'container'
  if (docker === undefined || docker === null) {
    return fieldsOf(app['ipAddress']) === undefined ? 'host' : 'container'
  }
  return 'host'
}

function modeOf(mode: unknown): NetworkMode {
  if (mode === 'container/bridge') return 'bridge'
  if (mode === 'container') return 'container'
  if (mode === 'host' || mode === undefined || mode === null) return 'host'
  throw new UnreadableError(
    `its network mode is ${quote(mode)}, expected host, container or container/bridge`
  )
}

/**
 * The ports of a definition, index by index. A port that can't be read keeps its index, for all
 * others are found by theirs; without a container port it leads nowhere.
 */
export function parsePorts(app: Fields, mode: NetworkMode, report: Report): readonly AppPort[] {
  const { entries, read } = portsOfGeneration(app, mode)
  if (entries.length > MAX_PORTS) {
    report(`it has ${entries.length} ports; only the first ${MAX_PORTS} are used`)
  }
  return entries
    .slice(0, MAX_PORTS)
    .map((entry, index) => read(entry, (reason) => report(`port ${index}: ${reason}`)))
}

interface PortList {
  readonly entries: readonly unknown[]
  readonly read: (entry: unknown, report: Report) => AppPort
}

/** Container ports come as mappings; up to 1.4 also as `ipAddress.discovery` (ip per task). */
function portsOfGeneration(app: Fields, mode: NetworkMode): PortList {
  if (mode === 'host') return definitions(app)
  const container = fieldsOf(app['container'])
  const mappings =
    container?.['portMappings'] ?? fieldsOf(container?.['docker'])?.['portMappings'] ?? undefined
  const usable = itemsOf(mappings).length > 0
  if (mode === 'bridge') {
    if (mappings === undefined) return definitions(app)
    return { entries: itemsOf(mappings), read: bridgeMapping }
  }
  const discovery = fieldsOf(fieldsOf(app['ipAddress'])?.['discovery'])?.['ports']
  if (!usable) return { entries: itemsOf(discovery), read: discoveryPort }
  return { entries: itemsOf(mappings), read: containerMapping }
}

function definitions(app: Fields): PortList {
  const listed = app['portDefinitions']
  if (Array.isArray(listed)) return { entries: listed, read: portDefinition }
  return { entries: itemsOf(app['ports']), read: plainPort }
}

function plainPort(entry: unknown, report: Report): AppPort {
  return { protocol: 'tcp', hasHostPort: true, ...servicePort(entry, report), labels: new Map() }
}

function portDefinition(entry: unknown, report: Report): AppPort {
  const fields = fieldsOf(entry) ?? {}
  return { ...common(fields, report), ...servicePort(fields['port'], report), hasHostPort: true }
}

function bridgeMapping(entry: unknown, report: Report): AppPort {
  return { ...mapping(entry, report), hasHostPort: true }
}

function containerMapping(entry: unknown, report: Report): AppPort {
  const hostPort = fieldsOf(entry)?.['hostPort']
  return { ...mapping(entry, report), hasHostPort: countOf(hostPort) !== undefined }
}

function mapping(entry: unknown, report: Report): Omit<AppPort, 'hasHostPort'> {
  const fields = fieldsOf(entry) ?? {}
  return {
    ...common(fields, report),
    ...containerPort(fields['containerPort'], report),
    ...servicePort(fields['servicePort'], report)
  }
}

function discoveryPort(entry: unknown, report: Report): AppPort {
  const fields = fieldsOf(entry) ?? {}
  return {
    ...common(fields, report),
    ...containerPort(fields['number'], report),
    hasHostPort: false
  }
}

function common(fields: Fields, report: Report): Pick<AppPort, 'name' | 'protocol' | 'labels'> {
  const labels = parseLabels(fields['labels'])
  if (typeof labels === 'string') throw new UnreadableError(labels)
  const name = wordOf(fields['name'], 256)
  const protocol = protocolOf(fields['protocol'], report)
  return { ...(name === undefined ? {} : { name }), protocol, labels }
}

function protocolOf(value: unknown, report: Report): AppPort['protocol'] {
  if (value === undefined || value === null || value === 'tcp') return 'tcp'
  if (value === 'udp') return 'udp'
  if (value === 'udp,tcp' || value === 'tcp,udp') return 'udp,tcp'
  report(`its protocol is ${quote(value)}, expected tcp, udp or "udp,tcp"; taken as tcp`)
  return 'tcp'
}

/** 0 means "the same as the host port", which is what counts then. */
function containerPort(value: unknown, report: Report): { containerPort?: number } {
  if (value === undefined || value === null || value === 0) return {}
  const port = portOf(value)
  if (port !== undefined) return { containerPort: port }
  report(`its container port is ${quote(value)}, expected 1 to 65535; the port is left out`)
  return {}
}

/** 0 means that Marathon has not chosen one yet. */
function servicePort(value: unknown, report: Report): { servicePort?: number } {
  if (value === undefined || value === null || value === 0) return {}
  const port = portOf(value)
  if (port !== undefined) return { servicePort: port }
  report(`its service port is ${quote(value)}, expected 1 to 65535; it has none now`)
  return {}
}
