import type { Doing } from './changes.ts'
import type { TaskChange } from './cluster.ts'
import type { DeathRegister } from './deaths.ts'
import { Effects } from './effects.ts'
import { type GatewayRecord, judge, judgeSocket, type Verdict } from './judge.ts'
import { Latency } from './latency.ts'
import type { Failure, LoadNews, SocketEnd } from './load-messages.ts'
import { now } from './now.ts'
import type { PostCounts } from './posts.ts'

/** A second of the run. */
export interface Second {
  requests: number
  failures: number
  /** Of these, explained by the death of a task; known at the end. */
  excused: number
  changes: number
  /** 99 % of the small answers took no longer, ms. */
  p99: number
}

export interface JudgedFailure extends Failure {
  readonly verdict: Verdict
  readonly record: GatewayRecord | undefined
  /** Of the task it was at. */
  readonly death: string | undefined
  /** What was going on. */
  readonly during: readonly string[]
}

export interface JudgedSocket extends SocketEnd {
  readonly verdict: Verdict
}

export interface Deed extends Doing {
  /** Seconds since the beginning. */
  readonly from: number
  to?: number
}

interface NotedFailure {
  readonly failure: Failure
  readonly during: readonly string[]
  /** Index of its second. */
  readonly at: number
  /** Looked up when it has come for certain; later ones push it out. */
  record?: GatewayRecord | undefined
}

/** The gateway's record of a request comes within this time, also on a busy machine. */
const RECORD_MS = 10_000
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
  judgedSockets: readonly JudgedSocket[] = []
  readonly sockets = { opened: 0, roundTrips: 0 }
  /** Failures that had no excuse when they were looked at first. */
  bare = 0
  /** Requests that took more than one attempt. */
  repeated = 0
  readonly #failures: NotedFailure[] = []
  readonly #onDefect: (failure: JudgedFailure) => void
  readonly #socketEnds: SocketEnd[] = []
  readonly #records = new Map<string, GatewayRecord>()
  #recent = new Latency()
  #beganAt = Number.NaN
  #endedAt: number | undefined
  #deaths: DeathRegister | undefined

  /** @param onDefect told of each failure that seems to have no excuse, some seconds later */
  constructor(posts: PostCounts, onDefect: (failure: JudgedFailure) => void) {
    this.posts = posts
    this.#onDefect = onDefect
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

  /** Of what came since the last call; undefined when nothing did. */
  takeRecentP99(): number | undefined {
    const recent = this.#recent
    this.#recent = new Latency()
    return recent.buckets.length === 0 ? undefined : recent.quantile(0.99)
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
    this.#recent.merge(news.latency, news.longestMs)
    if (this.#isOn) this.#noteSlowness(news)
    this.sockets.opened += news.sockets.opened
    this.sockets.roundTrips += news.sockets.roundTrips
    this.#socketEnds.push(...news.sockets.ends)
    this.heldBack += news.heldBack
    for (const sighting of news.sightings) this.effects.noteSighting(sighting)
    const during = this.#during()
    for (const failure of news.failures) {
      if (this.#isOn) this.#second().failures += 1
      const noted: NotedFailure = { failure, during, at: this.timeline.length - 1 }
      this.#failures.push(noted)
      setTimeout(() => this.#lookUp(noted), RECORD_MS).unref()
    }
  }

  /** Judges what failed; to be called when every task has ended. */
  finish(): void {
    this.#endedAt = now()
    const deathOf = (task: string) => this.#deaths?.of(task)
    this.judged = this.#failures.map(({ failure, during, at, record: found }) => {
      const record = found ?? this.#records.get(failure.id)
      const verdict = judge(failure, record, deathOf)
      const second = this.timeline[at]
      if (verdict.excuse !== undefined && second !== undefined) second.excused += 1
      return { ...failure, ...this.#factsOf({ failure, record, during, at }, verdict) }
    })
    this.judgedSockets = this.#socketEnds.map((end) => ({
      ...end,
      verdict: judgeSocket(end, deathOf)
    }))
    const { repeated } = this.posts
    if (repeated.length > 0) {
      this.faults.push(
        `${repeated.length} POSTs were read twice: ${repeated.slice(0, 10).join(', ')}`
      )
    }
  }

  #noteSlowness({ latency, longestMs }: LoadNews): void {
    const own = new Latency()
    own.merge(latency, longestMs)
    const second = this.#second()
    second.p99 = Math.max(second.p99, own.quantile(0.99))
  }

  #lookUp(noted: NotedFailure): void {
    noted.record = this.#records.get(noted.failure.id)
    const verdict = judge(noted.failure, noted.record, (task) => this.#deaths?.of(task))
    if (verdict.excuse !== undefined) return
    this.bare += 1
    this.#onDefect({ ...noted.failure, ...this.#factsOf(noted, verdict) })
  }

  #factsOf({ failure, record, during }: NotedFailure, verdict: Verdict) {
    const task = failure.task ?? record?.attempts.at(-1)?.task
    const death = task === undefined ? undefined : JSON.stringify(this.#deaths?.of(task))
    return { verdict, record, death, during }
  }

  get #isOn(): boolean {
    return !Number.isNaN(this.#beganAt) && this.#endedAt === undefined
  }

  #second(): Second {
    const at = Math.floor(this.seconds)
    for (let length = this.timeline.length; length <= at; length += 1) {
      this.timeline.push({ requests: 0, failures: 0, excused: 0, changes: 0, p99: 0 })
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
