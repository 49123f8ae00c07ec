import type { Problem } from '../../../gateway/model/problem.ts'
import type { Endpoint, Service } from '../../../gateway/model/route.ts'
import type { DesiredServer } from '../desired.ts'
import { shortHash } from './names.ts'
import { endpointWeights } from './weights.ts'
import { isAddress, isPort } from './words.ts'

/** What a sticky cookie can hold; other servers have names that no cookie leads to. */
export const STICKY_NAME = /^[0-9a-f]{16}$/

export interface ServerInput {
  readonly services: readonly { readonly service: Service; readonly weight: number }[]
  readonly addresses: ReadonlyMap<string, string>
  /** The balance algorithm keeps 16 points per unit of weight in memory. */
  readonly ring: boolean
}

export interface ServerList {
  readonly servers: readonly DesiredServer[]
  readonly problems: readonly Problem[]
}

/** Of a service that is alone: enough to spread evenly on a ring. */
const ALONE = { ring: 16, rotation: 1 }
const SCALES = {
  ring: { heaviest: 64, prefer: 'large' },
  rotation: { heaviest: 256, prefer: 'small' }
} as const

/** The server lines of one backend, sorted by name. */
export function serversOf({ services, addresses, ring }: ServerInput): ServerList {
  const problems: Problem[] = []
  const found: { readonly server: DesiredServer; readonly share: number }[] = []
  for (const [share, { service }] of services.entries()) {
    for (const endpoint of service.endpoints) {
      const server = serverOf(endpoint, addresses)
      if (typeof server === 'string') problems.push(problemOf(service, server))
      else found.push({ server, share })
    }
  }
  const weights = weightsOf(services, found, ring ? 'ring' : 'rotation')
  const servers = found.map(({ server, share }) => ({
    ...server,
    weight: weights[server.backup ? 'backup' : 'normal'][share] ?? 0
  }))
  return { servers: withOwnNames(servers), problems }
}

/** Last resorts share among themselves, as they only serve when nothing else is left. */
function weightsOf(
  services: ServerInput['services'],
  found: readonly { readonly server: DesiredServer; readonly share: number }[],
  kind: keyof typeof ALONE
): { normal: readonly number[]; backup: readonly number[] } {
  if (services.length === 1) {
    const alone = [ALONE[kind]]
    return { normal: alone, backup: alone }
  }
  const counts = { normal: services.map(() => 0), backup: services.map(() => 0) }
  for (const { server, share } of found) {
    const list = counts[server.backup ? 'backup' : 'normal']
    list[share] = (list[share] ?? 0) + 1
  }
  const weigh = (endpoints: readonly number[]) =>
    endpointWeights(
      services.map(({ weight }, at) => ({ weight, endpoints: endpoints[at] ?? 0 })),
      SCALES[kind]
    )
  return { normal: weigh(counts.normal), backup: weigh(counts.backup) }
}

/** Or, as text, why the endpoint is left out. */
function serverOf(
  { id, host, port, cookie, lastResort }: Endpoint,
  addresses: ReadonlyMap<string, string>
): DesiredServer | string {
  const address = isAddress(host) ? host : addresses.get(host)
  if (address === undefined || !isAddress(address)) {
    return `the host of a task has no known address; HAProxy leaves the task out: ${quoted(host)}`
  }
  if (!isPort(port)) return `a task has the port ${port}; HAProxy leaves the task out`
  const name = STICKY_NAME.test(cookie) ? cookie : `e-${shortHash(id, 16)}`
  // A cookie must not lead to a last resort, so its name is none that a cookie can hold.
  return { name: lastResort ? `r-${name}` : name, address, port, weight: 0, backup: lastResort }
}

/** Two ports of one task have one cookie; the second one is reached without it only. */
function withOwnNames(servers: readonly DesiredServer[]): DesiredServer[] {
  const sorted = [...servers].sort(byName)
  return sorted
    .map((server, at) => {
      let same = 0
      while (sorted[at - same - 1]?.name === server.name) same += 1
      return same === 0 ? server : { ...server, name: `${server.name}-${same}` }
    })
    .sort(byName)
}

function byName(a: DesiredServer, b: DesiredServer): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  if (a.address !== b.address) return a.address < b.address ? -1 : 1
  return a.port - b.port
}

function problemOf({ origin, id }: Service, reason: string): Problem {
  return { source: origin.source, app: origin.file ?? origin.app ?? id, reason }
}

/** Short and on one line, whatever a source says. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80)).replace(/[^\x20-\x7e]/g, '?')
}
