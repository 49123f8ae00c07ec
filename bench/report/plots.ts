import type { Comparison } from '../comparison.ts'
import type { Figure } from '../results.ts'
import { renderBarChart } from './bar-chart.ts'
import { columns } from './text-table.ts'

export interface Plot {
  /** In the folder of plots. */
  readonly file: string
  readonly title: string
  readonly svg: string
}

interface PlotPlan {
  readonly file: string
  readonly scenario: string
  readonly figure: Figure
  readonly title: string
  readonly unit: string
}

const plans: readonly PlotPlan[] = [
  {
    file: 'cpu-per-request.svg',
    scenario: 'small',
    figure: 'cpuMicros',
    title: 'CPU time per small request',
    unit: 'microseconds of all its processes, 150 B, 64 connections; less is better'
  },
  {
    file: 'requests-per-second.svg',
    scenario: 'small',
    figure: 'requestsPerSecond',
    title: 'Small requests per second on one core',
    unit: '150 B, 64 connections; more is better'
  },
  {
    file: 'cpu-per-gib.svg',
    scenario: 'large',
    figure: 'cpuMsPerGib',
    title: 'CPU time per GiB of large bodies',
    unit: 'milliseconds, answers of 1 MiB, 16 connections; less is better'
  },
  {
    file: 'latency-at-half.svg',
    scenario: 'half',
    figure: 'p99Ms',
    title: 'p99 at half of each one’s own peak',
    unit: 'milliseconds, 150 B, 64 connections; less is better'
  },
  {
    file: 'memory-per-connection.svg',
    scenario: 'idle',
    figure: 'kibPerConnection',
    title: 'Memory for an idle connection',
    unit: 'KiB of the proxy’s own, 10,000 connections that were answered once; less is better'
  }
]

/** One picture for each plan whose scenario was measured; proxies in the order of their medians. */
export function plotsOf({ summaries, peers }: Comparison): Plot[] {
  return plans.flatMap(({ file, scenario, figure, title, unit }) => {
    const bars = summaries
      .filter((summary) => summary.scenario === scenario)
      .flatMap((summary) => {
        const found = peers.find(({ peer }) => peer.id === summary.peer)?.peer
        const value = summary.figures[figure]
        if (found === undefined || found.kind === 'direct' || value === undefined) return []
        return [{ label: found.name, value, isOwn: found.kind === 'gateway' }]
      })
      .sort((a, b) => a.value.median - b.value.median)
    if (bars.length === 0) return []
    if (figure === 'requestsPerSecond') bars.reverse()
    const digits = columns.find((column) => column.figure === figure)?.digits ?? (() => 1)
    return [{ file, title, svg: renderBarChart({ title, unit, bars, digits }) }]
  })
}
