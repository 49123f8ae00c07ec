import { quantile } from '../statistics.ts'
import type { Measured } from './measure.ts'

/** One line of the result. */
export interface FigureLine {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Promised most; undefined: told for information. */
  readonly most?: number
}

const MOST_HELD_MS = 20

export function figuresOf(measured: Measured): readonly FigureLine[] {
  const { first, unchanged, checked, healthGone, changes, events, resolveNs } = measured
  const median = (values: readonly (number | undefined)[]) =>
    quantile(
      values.filter((value) => value !== undefined).sort((a, b) => a - b),
      0.5
    )
  const worst = (values: readonly number[]) => Math.max(...values)
  const applied = changes.map((change) => change.applied)
  const held = (name: string, { heldMs }: { readonly heldMs: number }): FigureLine => ({
    name: `event loop held: ${name}`,
    value: heldMs,
    unit: 'ms',
    most: MOST_HELD_MS
  })
  return [
    {
      name: 'first table after the last byte of the answer',
      value: measured.firstTableMs / 1000,
      unit: 's',
      most: 5
    },
    held('first answer', first),
    held('the same answer again', unchanged),
    held('each health check good once more', checked),
    held('one task changed', { heldMs: worst(changes.map(({ observed }) => observed.heldMs)) }),
    held('all health results gone', healthGone),
    {
      name: 'longest pause of the garbage collector, first answer',
      value: first.pauseMs,
      unit: 'ms'
    },
    {
      name: 'the same answer again: tables made',
      value: unchanged.applied.filter(({ changed }) => changed).length,
      unit: '',
      most: 0
    },
    {
      name: 'the same answer again: CPU of the traffic thread',
      value: unchanged.threadCpuMs,
      unit: 'ms'
    },
    {
      name: 'the same answer again: CPU of the process',
      value: unchanged.processCpuMs,
      unit: 'ms'
    },
    {
      name: 'one task changed: from the parsed answer to the table, CPU',
      value: median(applied.map(({ cpuMs }) => cpuMs)),
      unit: 'ms',
      most: 10
    },
    {
      name: 'one task changed: the same by the clock',
      value: median(applied.map((one) => one.tableAt - one.publishedAt)),
      unit: 'ms'
    },
    {
      name: 'one task changed: garbage',
      value: median(applied.map((one) => one.allocatedBytes)) / 1024,
      unit: 'KiB'
    },
    {
      name: 'event to table, median',
      value: median(events.map(({ ms }) => ms)),
      unit: 'ms',
      most: 50
    },
    { name: 'event to table, worst', value: worst(events.map(({ ms }) => ms)), unit: 'ms' },
    {
      name: 'event loop held: one event',
      value: worst(events.map(({ heldMs }) => heldMs)),
      unit: 'ms',
      most: MOST_HELD_MS
    },
    { name: 'resolve: exact host', value: resolveNs.exact, unit: 'ns', most: 1000 },
    {
      name: 'resolve: wildcard host among many',
      value: resolveNs.wildcard,
      unit: 'ns',
      most: 5000
    },
    {
      name: 'resolve: one of many paths on a host',
      value: resolveNs.paths,
      unit: 'ns',
      most: 5000
    },
    {
      name: 'memory for each task: the table',
      value: measured.bytesPerTask.table,
      unit: 'B',
      most: 1024
    },
    {
      name: 'memory for each task: all that the process keeps',
      value: measured.bytesPerTask.all,
      unit: 'B'
    }
  ]
}

export function isMissed({ value, most }: FigureLine): boolean {
  return most !== undefined && !(value <= most)
}

/** For a terminal. */
export function renderFigures(lines: readonly FigureLine[]): string {
  const rows = lines.map((line) => [line.name, shown(line), verdict(line)] as const)
  const width = Math.max(...rows.map(([name]) => name.length))
  const numbers = Math.max(...rows.map(([, value]) => value.length))
  return rows
    .map(([name, value, word]) =>
      `${name.padEnd(width)}  ${value.padStart(numbers)}  ${word}`.trimEnd()
    )
    .join('\n')
}

/** For a page. */
export function markdownOf(lines: readonly FigureLine[]): string {
  const rows = lines.map((line) => `| ${line.name} | ${shown(line)} | ${verdict(line)} |`)
  return ['| | found | promised |', '|---|---:|---|', ...rows].join('\n')
}

function shown({ value, unit }: FigureLine): string {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 2 : 0
  return `${value.toFixed(digits)} ${unit}`.trim()
}

function verdict(line: FigureLine): string {
  if (line.most === undefined) return ''
  return `at most ${line.most}: ${isMissed(line) ? 'missed' : 'reached'}`
}
