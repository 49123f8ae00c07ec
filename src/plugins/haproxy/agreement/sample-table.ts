import type { Route, ServiceId } from '../../../gateway/model/route.ts'
import { buildTable, type Table } from '../../../gateway/model/table.ts'
import { seededRandom } from './seeded-random.ts'

export interface SampledTable {
  /** All routes of some hosts, with their services; the whole table where it is small enough. */
  readonly table: Table
  /** How many hosts are in it, and how many there are. All hosts (no host named) count as one. */
  readonly hosts: number
  readonly allHosts: number
}

/** Hosts drawn at random as long as their services are no more than this many. */
export function sampleTable(table: Table, mostServices: number, seed: number): SampledTable {
  const byHost = new Map<string | undefined, Route[]>()
  for (const route of table.routes.values()) {
    const { host } = route.match
    byHost.set(host, [...(byHost.get(host) ?? []), route])
  }
  const allHosts = byHost.size
  if (table.services.size <= mostServices) return { table, hosts: allHosts, allHosts }
  const kept = new Set<ServiceId>()
  const routes: Route[] = []
  let hosts = 0
  for (const [, own] of shuffled([...byHost], seededRandom(seed))) {
    const asked = new Set(own.flatMap(({ services }) => services.map(({ service }) => service)))
    const fresh = [...asked].filter((id) => table.services.has(id) && !kept.has(id))
    if (kept.size + fresh.length > mostServices) continue
    for (const id of fresh) kept.add(id)
    routes.push(...own)
    hosts += 1
  }
  const services = table.data.services.filter(({ id }) => kept.has(id))
  return { table: buildTable({ routes, services }), hosts, allHosts }
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
