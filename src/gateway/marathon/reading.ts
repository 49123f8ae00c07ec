import type { App } from '../model/app.ts'
import type { SourceSink } from '../source.ts'
import type { AppsReader } from './apps-reader.ts'
import { pauseMs } from './backoff.ts'
import type { SourceTools } from './create-marathon-source.ts'
import type { Meaning } from './event-meaning.ts'
import { reasonOf } from './failure.ts'
import { createKnownApps } from './known-apps.ts'
import { createLossGuard, noLossGuard } from './loss-guard.ts'
import { createLooks, earlier, READINESS_POLL_MS } from './next-look.ts'
import { type Clock, createPacer, nextTurn, type Outcome } from './pacer.ts'
import { createPublishing } from './publishing.ts'
import type { Settled } from './settings.ts'

/** Decides what is read when, and tells the sink what was learnt. */
export interface Reading {
  /** Asks for a full read. There is a reason: it need not wait until the rest after a failed one is over. */
  refresh(): void
  /** The event stream is open: what happened before was missed. */
  connected(): void
  event(meaning: Meaning): void
  /** The operator says that what is held is gone. @returns whether there was something */
  letGo(): boolean
  stop(): void
}

export interface ReadingParts {
  readonly settings: Settled
  readonly tools: SourceTools
  readonly reader: AppsReader
  readonly sink: SourceSink
  readonly clock: Clock
  /** Marathon gives snapshots again after it gave none. */
  readonly onRecovery: () => void
}

/** Rest that reads of a small cluster may owe; see docs/decisions/05-pace-of-reads.md. */
const CREDIT_MS = 100
/** Share of Marathon's time: a full read rests four times as long as it took. */
const DISTANCE_FACTOR = 4
/** Of a read of a small cluster no more counts as Marathon's work: the rest of it is waiting, ms. */
const MOST_WORK_MS = 100
/** With large answers, events read single apps; everything is read this often, ms. */
const SWEEP_MS = 45_000
/** Least time between two reads that do not wait until the rest after a failed one is over, ms. */
const URGENT_MS = 1_000
/** More changed apps than this are cheaper to read all at once. */
const MAX_SINGLE_READS = 50
/** The same while a full read is due soon anyway. */
const MAX_EARLY_READS = 8
/** Apps that are looked at in one turn. */
const LOOKS_AT_ONCE = 2000

export function createReading(parts: ReadingParts): Reading {
  const { settings, tools, reader, sink, clock } = parts
  const known = createKnownApps(settings.name)
  const looks = createLooks()
  const guard = settings.lossGuard
    ? createLossGuard({
        ...{ before: sink.before, clock, now: tools.now, tell: (loss) => sink.held(loss) },
        ...{ quietMs: settings.quietMs, confirmMs: settings.lossConfirmMs },
        recheck: () => void publishPart()
      })
    : noLossGuard
  const publishing = createPublishing({ known, guard, sink, clock })
  /** Apps to read alone, with the moment of the last event about each. */
  const changed = new Map<string, number>()
  let large = false
  /** All was read once: an app read alone has something to be merged into. */
  let complete = false
  let stopped = false
  let failures = 0
  let lastReason = ''
  let urgentAt = Number.NEGATIVE_INFINITY

  const full = createPacer(() => attempt(readAll), pacing(DISTANCE_FACTOR), clock)
  const single = createPacer(() => attempt(readChanged), pacing(1), clock)

  function pacing(distanceFactor: number) {
    const { quietMs, minDistanceMs } = settings
    return { quietMs, minDistanceMs, distanceFactor, creditMs: CREDIT_MS }
  }

  async function readAll(): Promise<Outcome> {
    const startedAt = clock.now()
    const read = await reader.readAll(share, guard.confirmMs !== undefined)
    large = read.bytes > settings.largeAnswerBytes
    complete = true
    forgetChanged(startedAt)
    known.replace(read)
    const apps = await publishing.publish(startedAt, large)
    const lookMs = await nextLook(apps)
    const { tookMs, bytes } = read
    tools.log.debug({ source: settings.name, bytes, tookMs }, 'read')
    if (!large) {
      const workMs = Math.min(tookMs, MOST_WORK_MS)
      return { tookMs: workMs, ...again(earlier(lookMs, guard.confirmMs)) }
    }
    if (lookMs !== undefined) single.request()
    return { tookMs, ...again(guard.confirmMs ?? SWEEP_MS) }
  }

  /** Of a large cluster, some apps in each turn. */
  async function nextLook(apps: readonly App[]): Promise<number | undefined> {
    let nextMs: number | undefined
    for (let from = 0; from < apps.length; from += LOOKS_AT_ONCE) {
      if (from > 0) await nextTurn(clock)
      const some = apps.slice(from, from + LOOKS_AT_ONCE)
      nextMs = earlier(nextMs, looks.nextMs(some, tools.now()))
    }
    return nextMs
  }

  function share(app: App): App {
    const shared = known.share(app)
    looks.note(shared)
    return shared
  }

  /** A read that began a quiet time after the last event about an app has seen what it told. */
  function forgetChanged(readAt: number): void {
    for (const [id, eventAt] of changed) {
      if (readAt - eventAt >= settings.quietMs) changed.delete(id)
    }
  }

  async function readChanged(): Promise<Outcome> {
    const startedAt = clock.now()
    const ids = new Set([...changed.keys(), ...(large ? known.awaitingReadiness() : [])])
    if (ids.size === 0) return {}
    // The full read that is due looks again when it is quiet.
    if (!large) changed.clear()
    const reads = await Promise.all([...ids].map((id) => reader.readOne(id)))
    forgetChanged(startedAt)
    for (const read of reads) known.merge(read)
    await publishPart()
    return again(large && known.awaitingReadiness().length > 0 ? READINESS_POLL_MS : undefined)
  }

  /** Not everything was read for it. */
  async function publishPart(): Promise<void> {
    await publishing.publish(undefined, false)
    if (guard.confirmMs !== undefined) full.request()
  }

  async function attempt(read: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await read()
      if (failures > 0) recovered()
      return outcome
    } catch (error) {
      return failed(reasonOf(error))
    }
  }

  function recovered(): void {
    tools.log.info({ source: settings.name }, 'Marathon answers again')
    failures = 0
    lastReason = ''
    parts.onRecovery()
  }

  function failed(reason: string): Outcome {
    if (stopped) return {}
    const level = reason === lastReason ? 'debug' : 'warn'
    tools.log[level](
      { source: settings.name, reason },
      'Marathon gave no snapshot, keeping the last'
    )
    lastReason = reason
    sink.failed(reason)
    const pause = pauseMs(failures++, settings.backoff, tools.random())
    return { restMs: pause, againMs: pause }
  }

  function tellEndings(meaning: Meaning): void {
    for (const subject of meaning.ending) {
      for (const id of known.tasksOf(subject, meaning.apps)) sink.taskEnding(id)
    }
    for (const subject of meaning.unreachable) {
      for (const id of known.tasksOf(subject, meaning.apps)) sink.taskUnreachable(id)
    }
  }

  function invalidate(meaning: Meaning): void {
    if (large) invalidateLarge(meaning)
    else invalidateSmall(meaning)
  }

  /** Only the apps that an event names. */
  function invalidateLarge(meaning: Meaning): void {
    if (meaning.echo) return
    const now = clock.now()
    for (const id of meaning.apps) changed.set(id, now)
    if (meaning.apps.length > 0 && changed.size <= MAX_SINGLE_READS) {
      single.event()
      return
    }
    changed.clear()
    full.event()
  }

  /** Everything; and at once the apps that an event names, when everything has to wait. */
  function invalidateSmall({ apps }: Meaning): void {
    if (complete && failures === 0 && !full.free) {
      const now = clock.now()
      for (const id of apps) changed.set(id, now)
      if (changed.size > MAX_EARLY_READS) changed.clear()
      if (changed.size > 0) single.request()
    }
    full.event()
  }

  return {
    refresh() {
      const now = clock.now()
      if (failures > 0 && now - urgentAt >= URGENT_MS) {
        urgentAt = now
        full.wake()
      }
      full.request()
    },
    connected() {
      full.wake()
      full.request()
    },
    event(meaning) {
      if (stopped) return
      guard.named(meaning.apps)
      tellEndings(meaning)
      invalidate(meaning)
    },
    letGo: () => guard.letGo(),
    stop() {
      stopped = true
      publishing.stop()
      guard.stop()
      full.stop()
      single.stop()
    }
  }
}

function again(againMs: number | undefined): Outcome {
  return againMs === undefined ? {} : { againMs }
}
