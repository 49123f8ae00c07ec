import type { Registry } from 'prom-client'
import { type MetricDefinition, PREFIX } from './definitions.ts'
import { DURATION_BOUNDS } from './route-counts.ts'

/** One line of a metric. */
export interface Sample {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number>>
  /** Of a histogram's parts. */
  readonly metricName?: string
}

/**
 * A metric whose samples exist elsewhere: a registry of prom-client asks for them when it writes, and knows how to
 * write them.
 */
export function register(
  registry: Registry,
  definition: MetricDefinition,
  samples: readonly Sample[]
): void {
  const name = PREFIX + definition.name
  const { help, type } = definition
  const metric = {
    name,
    help,
    aggregator: 'sum',
    get: async () => ({ name, help, type, values: samples, aggregator: 'sum' })
  }
  registry.registerMetric(metric as never)
}

/** The samples of one histogram. @param counts by place of the bound, the last behind all of them */
export function histogramSamples(
  definition: MetricDefinition,
  labels: Sample['labels'],
  counts: ReadonlyMap<number, number>,
  sum: number
): readonly Sample[] {
  const name = PREFIX + definition.name
  let below = 0
  const buckets = [...DURATION_BOUNDS, '+Inf'].map((le, at) => {
    below += counts.get(at) ?? 0
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below }
  ]
}
