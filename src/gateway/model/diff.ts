import type { RouteId, Service, ServiceId } from './route.ts'
import type { Table } from './table.ts'
import { type IdDiff, idDiff } from './table-changes.ts'

const MOST_LINES = 100
const MOST_ADDRESSES = 4

/** What a swap changes. */
export interface TableDiff {
  readonly routes: IdDiff<RouteId>
  readonly services: IdDiff<ServiceId>
  /** By service, for services of either table whose endpoints differ. */
  readonly endpoints: readonly EndpointDiff[]
}

export interface EndpointDiff {
  readonly service: ServiceId
  /** App id, or what stands in for it. */
  readonly name: string
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Became the last resort: the task is leaving, or its agent lost contact. */
  readonly demoted: readonly string[]
  /** Is no longer the last resort only. */
  readonly restored: readonly string[]
}

export function diffTables(previous: Table, next: Table): TableDiff {
  const services = idDiff(previous.services, next.services)
  const touched = [...services.removed, ...services.changed, ...services.added]
  return {
    routes: idDiff(previous.routes, next.routes),
    services,
    endpoints: touched.flatMap((id) => {
      const diff = diffEndpoints(id, previous.services.get(id), next.services.get(id))
      return diff === undefined ? [] : [diff]
    })
  }
}

function diffEndpoints(
  service: ServiceId,
  previous: Service | undefined,
  next: Service | undefined
): EndpointDiff | undefined {
  const before = addresses(previous)
  const after = addresses(next)
  const added = [...after.keys()].filter((address) => !before.has(address))
  const removed = [...before.keys()].filter((address) => !after.has(address))
  const changed = (lastResort: boolean): string[] =>
    [...after.keys()].filter(
      (address) => before.get(address) === !lastResort && after.get(address) === lastResort
    )
  const [demoted, restored] = [changed(true), changed(false)]
  if (added.length + removed.length + demoted.length + restored.length === 0) return undefined
  const name = (next ?? previous)?.origin.app ?? service
  return { service, name, added, removed, demoted, restored }
}

/** By address with the task, as a port may pass to another task: whether it is the last resort. */
function addresses(service: Service | undefined): Map<string, boolean> {
  const entries = service?.endpoints ?? []
  return new Map(
    entries.map((endpoint) => [`${addressText(endpoint)} ${endpoint.id}`, endpoint.lastResort])
  )
}

/** `host:port`, with brackets around an IPv6 address. */
export function addressText({
  host,
  port
}: {
  readonly host: string
  readonly port: number
}): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What a swap changes, one line each: `/myapp: +1 endpoint (127.0.1.2:31001)`. */
export function describeDiff(diff: TableDiff): string[] {
  const lines = [
    ...diff.routes.added.map((id) => `+ route ${id}`),
    ...diff.routes.removed.map((id) => `- route ${id}`),
    ...diff.routes.changed.map((id) => `~ route ${id}`),
    ...diff.endpoints.flatMap(endpointLines)
  ]
  const seen = new Set(diff.endpoints.map(({ service }) => service))
  for (const id of diff.services.changed) if (!seen.has(id)) lines.push(`~ service ${id}`)
  if (lines.length <= MOST_LINES) return lines
  return [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} further changes`]
}

function endpointLines(diff: EndpointDiff): string[] {
  const lines: string[] = []
  const { name, added, removed, demoted, restored } = diff
  if (added.length > 0) lines.push(`${name}: +${countOf(added)}`)
  if (removed.length > 0) lines.push(`${name}: -${countOf(removed)}`)
  if (demoted.length > 0) lines.push(`${name}: last resort now: ${countOf(demoted)}`)
  if (restored.length > 0) lines.push(`${name}: back in rotation: ${countOf(restored)}`)
  return lines
}

function countOf(endpoints: readonly string[]): string {
  const shown = endpoints.slice(0, MOST_ADDRESSES).map((text) => text.slice(0, text.indexOf(' ')))
  const more = endpoints.length > MOST_ADDRESSES ? ', …' : ''
  return `${endpoints.length} endpoint${endpoints.length === 1 ? '' : 's'} (${shown.join(', ')}${more})`
}
