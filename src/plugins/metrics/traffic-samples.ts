import type { NamedStats, Stats } from '../../gateway/plugin.ts'
import { histogramSamples, type Sample } from './collected.ts'
import {
  faultsMetric,
  keptMetrics,
  type MetricDefinition,
  otherMetric,
  trafficMetrics
} from './definitions.ts'

/** Name under which this plugin keeps its own numbers. */
export const TRAFFIC = 'traffic'
/** Name under which the gateway counts faults. */
const FAULTS = 'faults'

export type Samples = ReadonlyMap<MetricDefinition, readonly Sample[]>

/** From the numbers of all processes to samples; a metric without any is there, empty. */
export function samplesOf(stats: NamedStats): Samples {
  const samples = new Map<MetricDefinition, Sample[]>()
  for (const definition of Object.values(trafficMetrics)) samples.set(definition, [])
  addTraffic(stats[TRAFFIC] ?? {}, samples)
  for (const [keeper, numbers] of Object.entries(stats)) {
    if (keeper === TRAFFIC) continue
    for (const [name, value] of Object.entries(numbers)) addKept(samples, keeper, name, value)
  }
  return samples
}

function addTraffic(stats: Stats, samples: Map<MetricDefinition, Sample[]>): void {
  const durations = new Map<string, { counts: Map<number, number>; sum: number }>()
  for (const [name, value] of Object.entries(stats)) {
    const [metric = '', ...values] = name.split('\t')
    if (metric === 'duration') addDuration(durations, values, value)
    else {
      const definition = definitionOf(metric)
      if (definition !== undefined)
        samples.get(definition)?.push({ value, labels: labelsOf(definition, values) })
    }
  }
  const { duration } = trafficMetrics
  for (const [app, { counts, sum }] of durations) {
    samples.get(duration)?.push(...histogramSamples(duration, { app }, counts, sum))
  }
}

function addDuration(
  durations: Map<string, { counts: Map<number, number>; sum: number }>,
  [app = '', part = '']: readonly string[],
  value: number
): void {
  const known = durations.get(app) ?? { counts: new Map(), sum: 0 }
  durations.set(app, known)
  if (part === 'sum') known.sum += value
  else known.counts.set(Number(part), value)
}

function addKept(
  samples: Map<MetricDefinition, Sample[]>,
  keeper: string,
  name: string,
  value: number
): void {
  const own = keptMetrics[keeper]?.[name]
  const definition = own ?? (keeper === FAULTS ? faultsMetric : otherMetric)
  const labels = own !== undefined ? {} : keeper === FAULTS ? { where: name } : { keeper, name }
  const known = samples.get(definition)
  if (known === undefined) samples.set(definition, [{ value, labels }])
  else known.push({ value, labels })
}

function definitionOf(metric: string): MetricDefinition | undefined {
  return Object.entries(trafficMetrics).find(([key]) => key === metric)?.[1]
}

function labelsOf({ labels }: MetricDefinition, values: readonly string[]): Sample['labels'] {
  return Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']))
}
