import type { Effect } from './effects.ts'
import type { HaproxyProcesses, Memory, PlaneName } from './gateway.ts'

/** A request that got something else than it had to. */
export interface Failure {
  /** Seconds since the begin of the run. */
  readonly at: number
  readonly app: string
  readonly client: string
  /** 0: no answer. */
  readonly status: number
  readonly text: string
  readonly tookMs: number
  /** `12 kill steady-1`: changes under way when the answer came. */
  readonly under: readonly string[]
}

export interface Reload {
  /** Seconds since the begin of the run. */
  readonly at: number
  readonly reason: string
  /** A structural change was waiting for it. */
  readonly justified: boolean
}

export interface Quantiles {
  readonly n: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Report {
  readonly plane: PlaneName
  readonly seed: number
  readonly seconds: number
  /** By kind. */
  readonly changes: Readonly<Record<string, number>>
  /** By kind of client. */
  readonly requests: Readonly<Record<string, number>>
  readonly failures: readonly Failure[]
  readonly structuralChanges: number
  readonly reloads: readonly Reload[]
  readonly processes: HaproxyProcesses
  readonly webSocket: { readonly roundTrips: number; readonly fault: string | undefined }
  readonly memoryMb: { readonly begin: Memory; readonly end: Memory }
  /** What the keeper of HAProxy counted during the run. */
  readonly counts: Readonly<Record<string, number>>
  /** ms from Marathon's event to its effect at the front door. */
  readonly effectMs: Readonly<Record<keyof typeof EFFECTS, Quantiles>>
  readonly slowest: readonly Effect[]
  /** Tasks that became healthy and never answered. */
  readonly missing: readonly string[]
  /** Warnings and errors of the gateway's log, by their text. */
  readonly warnings: Readonly<Record<string, number>>
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (q: number) =>
    Math.round((sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0) * 10) / 10
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** What must not be, speed aside; none when the run shows what it shall. */
export function faultsOf(report: Report): string[] {
  const { failures, reloads, structuralChanges, processes, webSocket, missing } = report
  const unjustified = reloads.filter(({ justified }) => !justified)
  const expected = report.plane === 'haproxy' ? 1 : 0
  const { masters, workers } = processes
  const isOne = masters === expected && workers === expected
  return [
    ...failures.slice(0, SHOWN_FAILURES).map((failure) => `failed: ${JSON.stringify(failure)}`),
    ...(failures.length > SHOWN_FAILURES ? [`${failures.length} requests failed`] : []),
    ...unjustified.map(({ reason }) => `a reload without a structural change: ${reason}`),
    ...(reloads.length > structuralChanges
      ? [`${reloads.length} reloads for ${structuralChanges} structural changes`]
      : []),
    ...(isOne ? [] : [`${masters} masters and ${workers} workers are left, not ${expected}`]),
    ...(webSocket.fault === undefined ? [] : [`the WebSocket broke: ${webSocket.fault}`]),
    ...(webSocket.roundTrips > 0 ? [] : ['the WebSocket brought nothing back']),
    ...missing.map((task) => `${task} became healthy and never answered`)
  ]
}

const SHOWN_FAILURES = 10

/** For people. */
export function reportText(report: Report): string {
  const { requests, failures, reloads, processes, webSocket, memoryMb, effectMs } = report
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((a, b) => a + b, 0)
  const memory = ({ gateway, haproxy }: Memory) =>
    `gateway ${gateway} MB${haproxy === undefined ? '' : `, HAProxy's worker ${haproxy} MB`}`
  const unjustified = reloads.filter(({ justified }) => !justified).length
  return [
    `\nplane ${report.plane}, seed ${report.seed}, ${report.seconds} s`,
    `changes     ${sum(report.changes)}: ${listed(report.changes)}`,
    `requests    ${sum(requests)}: ${listed(requests)}`,
    `failures    ${failures.length}`,
    ...failures.slice(0, SHOWN_FAILURES).map((failure) => `  ${JSON.stringify(failure)}`),
    `reloads     ${reloads.length}, ${unjustified} of them without a structural change; structural changes: ${report.structuralChanges}`,
    `processes   ${processes.masters} masters, ${processes.workers} workers at the end`,
    `WebSocket   ${webSocket.fault ?? 'alive'}, ${webSocket.roundTrips} round trips`,
    `memory      begin: ${memory(memoryMb.begin)}; end: ${memory(memoryMb.end)}`,
    `counted     ${listed(report.counts)}`,
    `warnings    ${listed(report.warnings) || 'none'}`,
    'ms from event to effect        n     p50     p99     max',
    ...Object.entries(effectMs).map(([name, { n, p50, p99, max }]) => {
      const figures = [p50, p99, max].map((value) => value.toFixed(1).padStart(8))
      return `  ${EFFECTS[name as keyof typeof EFFECTS].padEnd(24)}${`${n}`.padStart(6)}${figures.join('')}`
    }),
    ...report.slowest.map(
      ({ task, ms, under }) =>
        `  slow: ${task}, ${ms.toFixed(0)} ms; under way: ${under.join(', ')}`
    )
  ].join('\n')
}

const EFFECTS = {
  came: 'a task came',
  went: 'a task goes',
  withReload: 'with a reload'
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
