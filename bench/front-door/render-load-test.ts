import type { LoadTestOptions } from '../command-line.ts'
import { grouped } from '../report/text-table.ts'
import type { TableEvent } from './table-watch.ts'
import type { Bucket, Tallied } from './tally.ts'

export interface LoadTestResult extends Tallied {
  readonly seconds: number
  /** Undefined when nobody watched. */
  readonly changes: readonly TableEvent[] | undefined
}

const BAR = 40
const MOST_LINES = 30

/** What a load test found, for a terminal. */
export function renderLoadTest(options: LoadTestOptions, result: LoadTestResult): string {
  const { answers, failures, seconds, byStatus, byTask, byCode, percentilesMs } = result
  const total = answers + failures
  const rate = seconds === 0 ? 0 : total / seconds
  const times = Object.entries(percentilesMs).map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`)
  return [
    `${grouped(`${total}`)} requests to ${options.host} at ${options.url.origin} in ${seconds.toFixed(1)} s (${grouped(rate.toFixed(0))}/s, ${grouped(`${options.rate}`)}/s asked for)`,
    '',
    'Time from when a request was due to the end of its answer:',
    `  ${times.join('  ')}`,
    ...histogramLines(result.buckets),
    '',
    'Answers by status:',
    ...countLines(byStatus, total),
    ...(failures > 0 ? [`  none      ${grouped(`${failures}`)}`] : []),
    ...(byTask.size === 0 ? [] : ['', `Answers by task (${byTask.size}):`]),
    ...countLines(byTask, answers),
    ...(byCode.size === 0 ? ['', 'No errors.'] : ['', 'Errors by code:']),
    ...countLines(byCode, total),
    ...changeLines(result.changes)
  ].join('\n')
}

function histogramLines(buckets: readonly Bucket[]): string[] {
  const last = buckets.findLastIndex(({ count }) => count > 0)
  const first = buckets.findIndex(({ count }) => count > 0)
  const most = Math.max(...buckets.map(({ count }) => count), 1)
  return buckets.slice(Math.max(first, 0), last + 1).map(({ upToMs, count }) => {
    const bound = upToMs === undefined ? 'more' : `≤ ${upToMs} ms`
    const bar = '█'.repeat(Math.ceil((count / most) * BAR))
    return `  ${bound.padStart(10)}  ${grouped(`${count}`).padStart(11)}  ${bar}`.trimEnd()
  })
}

function countLines(counts: ReadonlyMap<string, number>, total: number): string[] {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const width = Math.max(...sorted.slice(0, MOST_LINES).map(([name]) => name.length), 8)
  const lines = sorted.slice(0, MOST_LINES).map(([name, count]) => {
    const share = total === 0 ? 0 : (count / total) * 100
    return `  ${name.padEnd(width)}  ${grouped(`${count}`).padStart(11)}  ${share.toFixed(1).padStart(5)} %`
  })
  return [...lines, ...moreLine(sorted.length)]
}

function changeLines(changes: LoadTestResult['changes']): string[] {
  if (changes === undefined) return []
  if (changes.length === 0) return ['', 'The table did not change.']
  const lines = changes
    .slice(0, MOST_LINES)
    .map(({ seconds, text }) => `  ${seconds.toFixed(1).padStart(6)} s  ${text}`)
  return ['', 'Changes of the table:', ...lines, ...moreLine(changes.length)]
}

function moreLine(count: number): string[] {
  return count > MOST_LINES ? [`  … and ${count - MOST_LINES} more`] : []
}
