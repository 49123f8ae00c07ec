import type { Table } from '../../gateway/model/table.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import type { Sample } from './collected.ts'
import { type MetricDefinition, tableMetrics } from './definitions.ts'

/** How often tables came into force, and when the last one did. */
export interface Swaps {
  readonly count: number
  /** Ms since 1970; undefined before the first. */
  readonly lastAt: number | undefined
}

/** What `/metrics` says of the table, its sources and its problems. */
export function tableSamples(
  host: Pick<GatewayHost, 'table' | 'status' | 'problems' | 'parts'>,
  swaps: Swaps,
  now: number
): ReadonlyMap<MetricDefinition, readonly Sample[]> {
  const { table, status, problems, parts } = host
  const metrics = tableMetrics
  const sources = status.sources.map(({ name: source, takenAt, failure }) => ({
    labels: { source },
    age: takenAt === undefined ? undefined : (now - takenAt) / 1000,
    failing: Number(failure !== undefined)
  }))
  const kept = [...parts.sources.values()].flatMap(({ name: source, stats }) =>
    Object.entries(stats?.() ?? {}).map(([event, value]) => ({ source, event, value }))
  )
  return new Map<MetricDefinition, readonly Sample[]>([
    [metrics.routes, one(table.routes.size)],
    [metrics.services, one(table.services.size)],
    [metrics.endpoints, one(endpointsIn(table))],
    [metrics.swaps, one(swaps.count)],
    [metrics.swappedAt, swaps.lastAt === undefined ? [] : one(swaps.lastAt / 1000)],
    [metrics.ready, one(Number(status.ready && !status.stopping))],
    [metrics.problems, bySource(problems)],
    [
      metrics.sourceAge,
      sources.flatMap(({ labels, age }) => (age === undefined ? [] : [{ labels, value: age }]))
    ],
    [metrics.sourceFailing, sources.map(({ labels, failing }) => ({ labels, value: failing }))],
    [
      metrics.sourceStats,
      kept.flatMap(({ source, event, value }) =>
        event === 'streamOpen' ? [] : [{ labels: { source, event }, value }]
      )
    ],
    [
      metrics.sourceStream,
      kept.flatMap(({ source, event, value }) =>
        event === 'streamOpen' ? [{ labels: { source }, value }] : []
      )
    ]
  ])
}

function one(value: number): readonly Sample[] {
  return [{ value, labels: {} }]
}

function endpointsIn({ services }: Table): number {
  let count = 0
  for (const { endpoints } of services.values()) count += endpoints.length
  return count
}

function bySource(problems: GatewayHost['problems']): readonly Sample[] {
  const counts = new Map<string, number>()
  for (const { source } of problems) counts.set(source, (counts.get(source) ?? 0) + 1)
  return [...counts].map(([source, value]) => ({ labels: { source }, value }))
}
