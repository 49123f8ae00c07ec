import type { FuzzReport } from './run-fuzz.ts'

const MIB = 1024 * 1024
const MOST_SHOWN = 10

/** What must not be. */
export function faultsOf({ unsafe, internal, stuck, crashed }: FuzzReport): readonly string[] {
  return [
    ...(crashed === undefined ? [] : [`the gateway ended: ${crashed}`]),
    ...unsafe,
    ...internal.map((number) => `case ${number}: answered 500`),
    ...stuck.map((number) => `case ${number}: neither answered nor closed`)
  ]
}

export function progressText(report: FuzzReport): string {
  const { sent, forwarded, unsafe } = report
  const rate = Math.round(sent / secondsOf(report))
  return `${sent} sent, ${rate}/s, ${forwarded} requests at the task, ${unsafe.length} unsafe`
}

export function reportText(lane: string, seed: number, report: FuzzReport): string {
  const { sent, forwarded, refused, waited, rss } = report
  const faults = faultsOf(report)
  const seconds = secondsOf(report)
  const codes = [...refused].sort(([, a], [, b]) => b - a).map(([code, n]) => `${code} ${n}`)
  return [
    `${lane} lane, seed ${seed}: ${sent} mutated requests in ${seconds.toFixed(1)} s, ${Math.round(sent / seconds)}/s`,
    `  at the task: ${forwarded} requests, unsafe: ${report.unsafe.length}`,
    `  refused: ${codes.join(', ')}`,
    `  waited for more: ${waited}; stuck: ${report.stuck.length}; answered 500: ${report.internal.length}`,
    `  memory: ${(rss.before / MIB).toFixed(0)} MiB before, ${(rss.after / MIB).toFixed(0)} MiB after`,
    faults.length === 0 ? '  nothing is off' : '  OFF:',
    ...faults.slice(0, MOST_SHOWN).map((fault) => `    ${fault}`)
  ].join('\n')
}

function secondsOf({ startedAt }: FuzzReport): number {
  return (performance.now() - startedAt) / 1000
}
