import type { App } from '../model/app.ts'
import { type AppChange, AppList } from '../model/app-changes.ts'
import { doubtfulLosses, vanishedTasks, withVanished } from '../model/mass-loss.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { HeldLoss } from '../source.ts'
import { type AppTask, addressesAt, answeringTasks, hostsOf } from './answering-tasks.ts'
import { type Held, heldLoss, isConfirmed } from './held-apps.ts'
import type { Clock } from './pacer.ts'

export interface LossGuardTools {
  /** What was known before the first snapshot. */
  readonly before: Snapshot | undefined
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** An event may come this long before a read shows what it tells, ms. */
  readonly quietMs: number
  /** Least time from a doubtful read to one that confirms it, ms. */
  readonly confirmMs: number
  /** Told of what is held whenever that changes. */
  tell(loss: HeldLoss | undefined): void
  /** What was read last is to be checked again. */
  recheck(): void
}

/**
 * Holds what a snapshot takes away without a reason (`model/mass-loss.ts`) until two further reads say the
 * same, and then what still takes connections. Everything else in the snapshot counts at once.
 */
export interface LossGuard {
  /**
   * The snapshot with what is held.
   *
   * @param readAt when the read of everything began, by the clock; undefined: not everything was read
   */
  check(snapshot: Snapshot, readAt: number | undefined): Snapshot
  /** An event names these apps. */
  named(apps: readonly string[]): void
  /** When to read everything again to be certain, and better elsewhere, ms; undefined: no need. */
  readonly confirmMs: number | undefined
  /** What is held is gone. @returns whether there was something */
  letGo(): boolean
  stop(): void
}

/** What is certain to be lost but takes connections is asked again after this, ms. */
const PROBE_AGAIN_MS = 10_000

export function createLossGuard(tools: LossGuardTools): LossGuard {
  const { clock } = tools
  /** As read last. */
  const read = new AppList()
  let apps: readonly App[] = tools.before?.apps ?? []
  read.update(apps)
  /** As passed on last, with what is held. */
  let total = apps.reduce((sum, { tasks }) => sum + tasks.length, 0)
  const held = new Map<string, Held>()
  /** When events named apps, by the clock. */
  const named = new Map<string, number>()
  let probing = false
  let stopped = false
  let cancelProbe = (): void => undefined
  let told = ''

  function check(snapshot: Snapshot, readAt: number | undefined): Snapshot {
    apps = snapshot.apps
    judge(newsOf(read.update(apps).changes), readAt)
    if (readAt !== undefined) forgetNamed(readAt)
    tell()
    if (!probing && [...held.values()].some((one) => isConfirmed(one) && !one.probed)) void probe()
    return held.size === 0 ? snapshot : { ...snapshot, apps: withHeld() }
  }

  /** What is not as it was passed on, by app. */
  function newsOf(changes: readonly AppChange[]): readonly AppChange[] {
    if (held.size === 0) return changes
    const before = [...held].map(([id, { merged }]) => ({
      id,
      before: merged?.app,
      after: read.get(id)
    }))
    return [...before, ...changes.filter(({ id }) => !held.has(id))]
  }

  function judge(news: readonly AppChange[], readAt: number | undefined): void {
    const doubtful = doubtfulLosses(news, total, {
      named: (id) => named.has(id),
      doubted: (id) => held.has(id)
    })
    const before = new Map(held)
    held.clear()
    for (const change of doubtful) {
      hold(change, before.get(change.id) ?? newlyHeld(readAt), readAt)
    }
    for (const { id, before, after } of news) {
      total += tasksOf(held.get(id)?.merged?.app ?? after) - tasksOf(before)
    }
  }

  function passedOn(id: string): App | undefined {
    return held.get(id)?.merged?.app ?? read.get(id)
  }

  function withHeld(): readonly App[] {
    const missing = [...held].flatMap(([id, { merged }]) =>
      read.get(id) !== undefined || merged === undefined ? [] : [merged.app]
    )
    return [...apps.map((app) => held.get(app.id)?.merged?.app ?? app), ...missing]
  }

  /** Holds what it lost, unless it is certain that nothing of it is left. */
  function hold(
    { id, before, after: now }: AppChange,
    one: Held,
    readAt: number | undefined
  ): void {
    if (before === undefined) return
    confirm(one, readAt)
    const vanished = vanishedTasks(before, now).filter((task) => !one.gone.has(task.id))
    if (vanished.length === 0 && one.probed) return
    const { merged } = one
    // The same app again, for it costs nothing then.
    if (merged === undefined || merged.now !== now || merged.tasks !== vanished.length) {
      one.merged = { now, tasks: vanished.length, app: withVanished(before, now, vanished) }
    }
    held.set(id, one)
  }

  function newlyHeld(readAt = clock.now()): Held {
    return {
      since: tools.now(),
      confirmations: 0,
      confirmsFrom: readAt + tools.confirmMs,
      probed: false,
      gone: new Set()
    }
  }

  function confirm(one: Held, readAt: number | undefined): void {
    if (readAt === undefined || readAt < one.confirmsFrom) return
    one.confirmations += 1
    one.confirmsFrom = readAt + tools.confirmMs
  }

  /** The read that follows an event at once may not show yet what the event told, the one after it does. */
  function forgetNamed(readAt: number): void {
    for (const [id, at] of named) if (readAt - at >= tools.quietMs / 2) named.delete(id)
  }

  function tell(): void {
    const loss = heldLoss(held)
    const text = JSON.stringify(loss) ?? ''
    if (text === told) return
    told = text
    tools.tell(loss)
  }

  async function probe(): Promise<void> {
    probing = true
    cancelProbe()
    const asked = [...held].filter(([, one]) => isConfirmed(one))
    const tasks = asked.flatMap(([id]) => heldTasks(id))
    const answering = await answeringTasks(tasks, addressesAt(apps, hostsOf(tasks)))
    probing = false
    if (stopped) return
    for (const [, one] of asked) one.probed = true
    for (const { app, task } of tasks) {
      if (!answering.has(task.id)) held.get(app.id)?.gone.add(task.id)
    }
    tools.recheck()
    if (held.size > 0) cancelProbe = clock.after(PROBE_AGAIN_MS, () => void probe())
  }

  function heldTasks(id: string): readonly AppTask[] {
    const app = passedOn(id)
    if (app === undefined) return []
    return vanishedTasks(app, read.get(id)).map((task) => ({ app, task }))
  }

  function letGo(): boolean {
    if (held.size === 0) return false
    for (const [id, { merged }] of held) total += tasksOf(read.get(id)) - tasksOf(merged?.app)
    held.clear()
    cancelProbe()
    tools.recheck()
    return true
  }

  return {
    check,
    named(ids) {
      for (const id of ids) if (passedOn(id) !== undefined) named.set(id, clock.now())
    },
    get confirmMs() {
      return [...held.values()].every(isConfirmed) ? undefined : tools.confirmMs
    },
    letGo,
    stop() {
      stopped = true
      cancelProbe()
    }
  }
}

/** For those who do not want it: every snapshot counts as it is. */
export const noLossGuard: LossGuard = {
  check: (snapshot) => snapshot,
  named: () => undefined,
  confirmMs: undefined,
  letGo: () => false,
  stop: () => undefined
}

function tasksOf(app: App | undefined): number {
  return app?.tasks.length ?? 0
}
