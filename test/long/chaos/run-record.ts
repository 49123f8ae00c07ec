import type { Doing } from './changes.ts'
import type { TaskChange } from './cluster.ts'
import type { DeathRegister } from './deaths.ts'
import { Effects } from './effects.ts'
import { type GatewayRecord, judge, type Verdict } from './judge.ts'
import { Latency } from './latency.ts'
import type { Failure, LoadNews } from './load-messages.ts'
import { now } from './now.ts'
import type { PostCounts } from './posts.ts'

/** A second of the run. */
export interface Second {
  requests: number
  failures: number
  changes: number
}

export interface JudgedFailure extends Failure {
  readonly verdict: Verdict
  readonly record: GatewayRecord | undefined
  /** Of the task it was at. */
  readonly death: string | undefined
  /** What was going on. */
  readonly during: readonly string[]
}

export interface Deed extends Doing {
  /** Seconds since the beginning. */
  readonly from: number
  to?: number
}

/** Records of requests that went well in the end are dropped after this many later ones. */
const KEPT_RECORDS = 20_000
const KEPT_WARNINGS = 30

/** Everything that is written down during a run. */
export class RunRecord {
  readonly requests: Record<string, number> = {}
  readonly latency = new Latency()
  readonly changes: Record<TaskChange['kind'], number> = { started: 0, ended: 0 }
  readonly deeds: Deed[] = []
  readonly timeline: Second[] = []
  readonly effects = new Effects()
  readonly posts: PostCounts
  readonly warnings: string[] = []
  warningCount = 0
  /** What is wrong beside failed requests. */
  readonly faults: string[] = []
  heldBack = 0
  judged: readonly JudgedFailure[] = []
  /** Requests that took more than one attempt. */
  repeated = 0
  readonly #failures: { readonly failure: Failure; readonly during: readonly string[] }[] = []
  readonly #records = new Map<string, GatewayRecord>()
  #beganAt = Number.NaN
  #endedAt: number | undefined
  #deaths: DeathRegister | undefined

  constructor(posts: PostCounts) {
    this.posts = posts
  }

  begin(deaths: DeathRegister): void {
    this.#beganAt = now()
    this.#deaths = deaths
  }

  /** Since the beginning; stands still at the end. */
  get seconds(): number {
    return ((this.#endedAt ?? now()) - this.#beganAt) / 1_000
  }

  get made(): number {
    return this.changes.started + this.changes.ended
  }

  get failures(): number {
    return this.#failures.length
  }

  /** Nothing more can be learnt. */
  get isOff(): boolean {
    return this.faults.length > 0
  }

  noteChange({ kind }: TaskChange): void {
    if (this.#isOn) {
      this.changes[kind] += 1
      this.#second().changes += 1
    }
  }

  noteEvent(event: Readonly<Record<string, unknown>>): void {
    this.effects.noteEvent(event, now())
  }

  noteDeed(doing: Doing): () => void {
    const deed: Deed = { ...doing, from: this.seconds }
    this.deeds.push(deed)
    return () => {
      deed.to = this.seconds
    }
  }

  noteRecord(record: GatewayRecord): void {
    if (record.attempts.length > 1) this.repeated += 1
    this.#records.set(record.id, record)
    if (this.#records.size <= KEPT_RECORDS) return
    const [oldest] = this.#records.keys()
    if (oldest !== undefined) this.#records.delete(oldest)
  }

  noteWarning(line: string): void {
    this.warningCount += 1
    if (this.warnings.length < KEPT_WARNINGS) this.warnings.push(line)
  }

  noteFault(fault: string): void {
    this.faults.push(fault)
  }

  noteLoad(news: LoadNews): void {
    for (const [kind, count] of Object.entries(news.requests)) {
      this.requests[kind] = (this.requests[kind] ?? 0) + count
      if (this.#isOn) this.#second().requests += count
    }
    this.latency.merge(news.latency, news.longestMs)
    this.heldBack += news.heldBack
    for (const sighting of news.sightings) this.effects.noteSighting(sighting)
    const during = this.#during()
    for (const failure of news.failures) {
      this.#failures.push({ failure, during })
      if (this.#isOn) this.#second().failures += 1
    }
  }

  /** Judges what failed; to be called when every task has ended. */
  finish(): void {
    this.#endedAt = now()
    const deathOf = (task: string) => this.#deaths?.of(task)
    this.judged = this.#failures.map(({ failure, during }) => {
      const record = this.#records.get(failure.id)
      const verdict = judge(failure, record, deathOf)
      const task = failure.task ?? record?.attempts.at(-1)?.task
      const death = task === undefined ? undefined : JSON.stringify(deathOf(task))
      return { ...failure, verdict, record, death, during }
    })
    const { repeated } = this.posts
    if (repeated.length > 0) {
      this.faults.push(
        `${repeated.length} POSTs were read twice: ${repeated.slice(0, 10).join(', ')}`
      )
    }
  }

  get #isOn(): boolean {
    return !Number.isNaN(this.#beganAt) && this.#endedAt === undefined
  }

  #second(): Second {
    const at = Math.floor(this.seconds)
    for (let length = this.timeline.length; length <= at; length += 1) {
      this.timeline.push({ requests: 0, failures: 0, changes: 0 })
    }
    return this.timeline[at] as Second
  }

  #during(): readonly string[] {
    const since = this.seconds - 2
    return this.deeds
      .filter(({ to }) => to === undefined || to >= since)
      .map(({ deed, what, from }) => `${deed} ${what} (since ${from.toFixed(1)} s)`)
  }
}
