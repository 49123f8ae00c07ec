import type { Figure, Summary } from '../results.ts'
import type { Scenario } from '../scenarios.ts'

/** How a figure stands in a table. */
export interface Column {
  readonly figure: Figure
  readonly title: string
  digits(value: number): number
}

export const columns: readonly Column[] = [
  { figure: 'requestsPerSecond', title: 'requests/s', digits: () => 0 },
  { figure: 'p50Ms', title: 'p50 ms', digits: fine },
  { figure: 'p99Ms', title: 'p99 ms', digits: fine },
  { figure: 'p999Ms', title: 'p99.9 ms', digits: fine },
  { figure: 'coresUsed', title: 'cores', digits: () => 2 },
  { figure: 'cpuMicros', title: 'CPU µs/request', digits: (value) => (value < 100 ? 1 : 0) },
  { figure: 'cpuMsPerGib', title: 'CPU ms/GiB', digits: () => 0 },
  { figure: 'kibPerConnection', title: 'KiB/connection', digits: () => 1 },
  { figure: 'startMs', title: 'start ms', digits: () => 0 },
  { figure: 'memoryMib', title: 'MiB', digits: () => 0 }
]

function fine(value: number): number {
  return value < 10 ? 2 : 1
}

/** One cell for each title; numbers carry their spread as ± half of it in percent. */
export interface Row {
  readonly peer: string
  readonly cells: readonly string[]
}

/** The columns of a scenario that have figures, and one row for each proxy. */
export function tableOf(
  summaries: readonly Summary[],
  scenario: Scenario
): { readonly titles: readonly string[]; readonly rows: readonly Row[] } {
  const own = summaries.filter((summary) => summary.scenario === scenario.id)
  const shown = columns.filter(({ figure }) => own.some(({ figures }) => figures[figure]))
  const measured = shown.find(({ figure }) => COMPARED.includes(figure))?.figure
  const compared = COMPARED.findLast((figure) => shown.some((column) => column.figure === figure))
  const hasErrors = own.some(({ figures }) => (figures.errors?.max ?? 0) > 0)
  const titles = [
    ...shown.map(({ title }) => title),
    ...(measured === undefined ? [] : [`${shortTitle(compared)} against HAProxy`]),
    ...(hasErrors ? ['errors'] : [])
  ]
  const rows = own.map((summary) => ({
    peer: summary.peer,
    cells: [
      ...shown.map((column) => cellOf(summary, column)),
      ...(compared === undefined ? [] : [ratioOf(summary, compared)]),
      ...(hasErrors ? [String(summary.figures.errors?.max ?? 0)] : [])
    ]
  }))
  return { titles, rows }
}

/** Rates differ with the load generator; these are told as a ratio, the last that is there. */
const COMPARED: readonly Figure[] = ['cpuMicros', 'cpuMsPerGib', 'kibPerConnection']

function shortTitle(figure: Figure | undefined): string {
  return figure === 'kibPerConnection' ? 'memory' : 'CPU'
}

function cellOf({ figures }: Summary, { figure, digits }: Column): string {
  const spread = figures[figure]
  if (spread === undefined) return '–'
  const { median, min, max } = spread
  const text = grouped(median.toFixed(digits(median)))
  const half = median === 0 ? 0 : ((max - min) / 2 / median) * 100
  return half < 1 ? text : `${text} ±${half.toFixed(0)}%`
}

function ratioOf({ ratios }: Summary, figure: Figure): string {
  const ratio = ratios[figure]
  return ratio === undefined ? '–' : ratio.toFixed(2)
}

/** 12345.6 as 12,345.6 */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',')
}

/** The table for a terminal, numbers to the right. */
export function renderText(
  summaries: readonly Summary[],
  scenario: Scenario,
  nameOf: (peer: string) => string
): string {
  const { titles, rows } = tableOf(summaries, scenario)
  const cells = [['', ...titles], ...rows.map(({ peer, cells }) => [nameOf(peer), ...cells])]
  const widths = ['', ...titles].map((_, at) =>
    Math.max(...cells.map((row) => row[at]?.length ?? 0))
  )
  const lines = cells.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  )
  return [scenario.title, ...lines].join('\n')
}
