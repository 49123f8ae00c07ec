import type { Service, ServiceId } from './route.ts'
import type { Table } from './table.ts'
import { idDiff } from './table-changes.ts'

const MOST_LINES = 100
const MOST_ADDRESSES = 4
/** More ids are told as they come: putting them in order would hold the process. */
const MOST_SORTED = 1000

/**
 * What a swap changes, one line each: `/myapp: +1 endpoint (127.0.1.2:31001)`. One of the tables was
 * made from the other.
 */
export function describeDiff(previous: Table, next: Table): readonly string[] {
  const routes = idDiff(previous.routes, next.routes)
  const services = idDiff(previous.services, next.services)
  const subjects: readonly [ids: readonly string[], tell: (id: string) => readonly string[]][] = [
    [routes.added, (id) => [`+ route ${id}`]],
    [routes.removed, (id) => [`- route ${id}`]],
    [routes.changed, (id) => [`~ route ${id}`]],
    [
      [...services.removed, ...services.changed, ...services.added],
      (id) => serviceLines(id, previous.services.get(id), next.services.get(id))
    ]
  ]
  const lines: string[] = []
  let untold = 0
  for (const [ids, tell] of subjects) {
    for (const id of inOrder(ids)) {
      if (lines.length >= MOST_LINES) untold += 1
      else lines.push(...tell(id))
    }
  }
  return untold === 0 ? lines : [...lines, `… and ${untold} further changes`]
}

function inOrder(ids: readonly string[]): readonly string[] {
  return ids.length > MOST_SORTED ? ids : [...ids].sort()
}

function serviceLines(
  id: ServiceId,
  previous: Service | undefined,
  next: Service | undefined
): readonly string[] {
  const before = addresses(previous)
  const after = addresses(next)
  const name = (next ?? previous)?.origin.app ?? id
  const turned = (lastResort: boolean): string[] =>
    [...after.keys()].filter(
      (address) => before.get(address) === !lastResort && after.get(address) === lastResort
    )
  const parts: readonly [what: string, addresses: readonly string[]][] = [
    ['+', [...after.keys()].filter((address) => !before.has(address))],
    ['-', [...before.keys()].filter((address) => !after.has(address))],
    ['last resort now: ', turned(true)],
    ['back in rotation: ', turned(false)]
  ]
  const lines = parts.flatMap(([what, all]) =>
    all.length === 0 ? [] : [`${name}: ${what}${countOf(all)}`]
  )
  const isOther = previous !== undefined && next !== undefined
  return lines.length === 0 && isOther ? [`~ service ${id}`] : lines
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

function countOf(endpoints: readonly string[]): string {
  const shown = endpoints.slice(0, MOST_ADDRESSES).map((text) => text.slice(0, text.indexOf(' ')))
  const more = endpoints.length > MOST_ADDRESSES ? ', …' : ''
  return `${endpoints.length} endpoint${endpoints.length === 1 ? '' : 's'} (${shown.join(', ')}${more})`
}
