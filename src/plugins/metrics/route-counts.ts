import type { Outcome } from '../../gateway/plugin.ts'

/** Upper bounds of the duration histogram, seconds; behind them everything. */
export const DURATION_BOUNDS = [
  0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
] as const
const BOUNDS_MS = DURATION_BOUNDS.map((seconds) => seconds * 1000)
const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** Statuses beyond these classes may come from tasks; they count with the last. */
const classOf = (status: number): number => Math.min(CLASSES.length - 1, Math.floor(status / 100))

/**
 * Numbers of one app on one route. Counting is a few additions to plain arrays: the text is made when
 * somebody asks.
 */
export class RouteCounts {
  readonly route: string
  readonly app: string
  /** Since when the table has no such route, ms since 1970. */
  goneAt: number | undefined
  readonly #classes = new Float64Array(CLASSES.length)
  /** Answers of the gateway's own, by class and code. */
  readonly #codes = new Map<string, number>()
  /** Failed attempts, by reason and what they led to. */
  readonly #failures = new Map<string, number>()
  readonly #durations = new Float64Array(BOUNDS_MS.length + 1)
  #seconds = 0
  #aborted = 0
  #bytesIn = 0
  #bytesOut = 0

  constructor(route: string, app: string) {
    this.route = route
    this.app = app
  }

  count(outcome: Outcome): void {
    const { status, code, durationMs, attempts } = outcome
    const at = classOf(status)
    if (code === undefined) this.#classes[at] = (this.#classes[at] ?? 0) + 1
    else increase(this.#codes, `${CLASSES[at]}\t${code}`)
    let bound = 0
    while (bound < BOUNDS_MS.length && durationMs > (BOUNDS_MS[bound] ?? 0)) bound++
    this.#durations[bound] = (this.#durations[bound] ?? 0) + 1
    this.#seconds += durationMs / 1000
    this.#bytesIn += outcome.bytesIn
    this.#bytesOut += outcome.bytesOut
    if (outcome.aborted) this.#aborted++
    if (attempts[0]?.then !== undefined) this.#countFailures(attempts)
  }

  /** Tells all numbers; a name is that of the metric and the values of its labels, behind tabs. */
  tell(add: (name: string, value: number) => void): void {
    const { app, route } = this
    for (const [at, value] of this.#classes.entries()) {
      if (value > 0) add(`requests\t${app}\t${route}\t${CLASSES[at]}\t`, value)
    }
    for (const [code, value] of this.#codes) add(`requests\t${app}\t${route}\t${code}`, value)
    for (const [failure, value] of this.#failures) add(`attempts\t${app}\t${failure}`, value)
    for (const [at, value] of this.#durations.entries()) {
      if (value > 0) add(`duration\t${app}\t${at}`, value)
    }
    add(`duration\t${app}\tsum`, this.#seconds)
    add(`aborted\t${app}`, this.#aborted)
    add(`bytesIn\t${app}`, this.#bytesIn)
    add(`bytesOut\t${app}`, this.#bytesOut)
  }

  #countFailures(attempts: Outcome['attempts']): void {
    for (const { reason, then } of attempts) {
      if (then !== undefined) increase(this.#failures, `${reason}\t${then}`)
    }
  }
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
