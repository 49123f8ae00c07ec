import type { Latency } from './latency.ts'
import type { JudgedFailure, RunRecord } from './run-record.ts'

const SHOWN_DEFECTS = 20

/** Failures that nothing excuses, and other faults. */
export function defectsOf(record: RunRecord): readonly string[] {
  const bare = record.judged.filter(({ verdict }) => verdict.excuse === undefined)
  const sockets = record.judgedSockets.filter(({ verdict }) => verdict.excuse === undefined)
  return [
    ...record.faults,
    ...(sockets.length === 0 ? [] : [`${sockets.length} WebSockets ended without an excuse`]),
    ...(bare.length === 0 ? [] : [`${bare.length} requests failed without an excuse`])
  ]
}

/** What a run showed, as text. */
export function reportText(record: RunRecord): string {
  const { requests, changes, deeds, judged, latency, effects, seconds } = record
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0)
  const bare = judged.filter(({ verdict }) => verdict.excuse === undefined)
  const lines = [
    `${seconds.toFixed(0)} s, ${total} requests (${Math.round(total / seconds)}/s), ${record.made} changes (${(record.made / seconds).toFixed(1)}/s)`,
    '',
    ...table('requests', Object.entries(requests)),
    '',
    ...table('tasks', Object.entries(changes)),
    '',
    ...table('what was done', Object.entries(countBy(deeds, ({ deed }) => deed))),
    '',
    ...table('failures', [
      ...Object.entries(
        countBy(judged, ({ method, verdict: { excuse } }) =>
          excuse === undefined ? `${method}, without an excuse` : `${method}, excused: ${excuse}`
        )
      ),
      ['all', judged.length]
    ]),
    '',
    ...table('WebSockets', [
      ['opened', record.sockets.opened],
      ['round trips', record.sockets.roundTrips],
      ...Object.entries(
        countBy(record.judgedSockets, ({ verdict: { excuse } }) =>
          excuse === undefined ? 'ended without an excuse' : `ended: ${excuse}`
        )
      )
    ]),
    '',
    `requests that took several attempts: ${record.repeated}; held back by the load: ${record.heldBack}`,
    `POSTs read by tasks: ${record.posts.total}, read twice: ${record.posts.repeated.length}`,
    `small answers, ms: ${quantiles(latency)}`,
    `event to effect, ms: came ${quantiles(effects.came)}; went ${quantiles(effects.went)}`,
    `warnings in the gateway's log: ${record.warningCount}`,
    ...bare.slice(0, SHOWN_DEFECTS).flatMap(defectText),
    ...record.judgedSockets
      .filter(({ verdict }) => verdict.excuse === undefined)
      .slice(0, SHOWN_DEFECTS)
      .map(
        ({ id, task, endedAt, reason, verdict: { why } }) =>
          `DEFECT WebSocket ${id} at ${task}, ended at ${new Date(endedAt).toISOString()}: ${reason}; ${why}`
      )
  ]
  return lines.join('\n')
}

/** A failure without an excuse, with all that is known of it. */
export function defectText(failure: JudgedFailure): string[] {
  const { id, kind, host, sentAt, failedAt, status, code, reason, verdict, record, death } = failure
  return [
    '',
    `DEFECT ${kind} ${id} of ${host} at ${new Date(sentAt).toISOString()}, ${(failedAt - sentAt).toFixed(0)} ms: ${status} ${code ?? ''} ${reason}`,
    `  ${verdict.why}${death === undefined ? '' : `; ${death}`}`,
    ...(record?.attempts ?? []).map(({ task, text }) => `  ${task} ${text}`),
    `  during: ${failure.during.join('; ')}`
  ]
}

function quantiles(latency: Latency): string {
  const [p50, p99] = [latency.quantile(0.5), latency.quantile(0.99)].map((ms) => ms.toFixed(1))
  return `p50 ${p50}, p99 ${p99}, max ${latency.longestMs.toFixed(0)}`
}

function table(title: string, rows: readonly (readonly [string, number])[]): string[] {
  return [title, ...rows.map(([name, count]) => `  ${name.padEnd(58)}${String(count).padStart(9)}`)]
}

function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string) {
  const counts: Record<string, number> = {}
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1
  return counts
}
