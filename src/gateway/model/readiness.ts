import type { App, HealthResult, Task } from './app.ts'
import type { AppChange } from './app-changes.ts'

/** By `${source} ${taskId}`: the task's last known health. Results vanish when Marathon's leader changes. */
export type HealthMemory = ReadonlyMap<string, boolean>

/** What becomes of tasks whose agent lost contact with the Mesos master. */
export type UnreachablePolicy = 'last-resort' | 'out' | 'in'

export interface ReadinessFacts {
  readonly source: string
  readonly ending: ReadonlySet<string>
  readonly leaving: ReadonlySet<string>
  readonly unreachable: ReadonlySet<string>
  readonly health: HealthMemory
  /** Milliseconds since 1970. */
  readonly now: number
  readonly policy: UnreachablePolicy
  /** Told of each moment at which the verdict changes by itself. */
  readonly moments?: Moments
}

/** The moments that some verdicts depend on, ms since 1970: those that were past, and those to come. */
export class Moments {
  #last = Number.NEGATIVE_INFINITY
  #next = Number.POSITIVE_INFINITY

  note(moment: number, now: number): void {
    if (moment <= now) this.#last = Math.max(this.#last, moment)
    else this.#next = Math.min(this.#next, moment)
  }

  get some(): boolean {
    return Number.isFinite(this.#last) || Number.isFinite(this.#next)
  }

  /** Some of them is on the other side of `now` than it was; clocks may be set back. */
  passed(now: number): boolean {
    return now < this.#last || now >= this.#next
  }
}

export type Verdict = { readonly use: 'yes' | 'last-resort' } | { readonly out: string }

const YES: Verdict = { use: 'yes' }
const LAST_RESORT: Verdict = { use: 'last-resort' }
/** Clocks differ and a readiness check takes its time. */
const READINESS_MARGIN_MS = 5_000

const stateReasons: Readonly<Record<string, string>> = {
  TASK_STAGING: 'is being staged',
  TASK_STARTING: 'is starting',
  TASK_KILLING: 'is being killed',
  TASK_FINISHED: 'has finished',
  TASK_FAILED: 'has failed',
  TASK_KILLED: 'was killed',
  TASK_ERROR: 'could not be started',
  TASK_GONE: 'is gone',
  TASK_DROPPED: 'was dropped',
  TASK_LOST: 'was lost',
  TASK_UNKNOWN: 'is unknown to its agent'
}

const STARTING: ReadonlySet<string> = new Set([
  ...['is being staged', 'is starting', 'has not started'],
  ...['has no health result yet', 'is not ready yet', 'has no readiness result yet']
])

/** A task that is left out for this reason may take traffic soon. */
export function isStarting(reason: string): boolean {
  return STARTING.has(reason)
}

/** Whether a task may take traffic, and if not why, in words that follow "the task". */
export function readinessOf(app: App, task: Task, facts: ReadinessFacts): Verdict {
  if (facts.ending.has(task.id)) return { out: 'was seen ending by an event' }
  if (task.state === 'TASK_UNREACHABLE' || facts.unreachable.has(task.id)) {
    return unreachableVerdict(facts.policy)
  }
  if (task.state === undefined && task.startedAt === undefined) return { out: 'has not started' }
  if (task.state !== undefined && task.state !== 'TASK_RUNNING') {
    return { out: stateReasons[task.state] ?? `is ${task.state}` }
  }
  const reason = unhealthyReason(app, task, facts) ?? unreadyReason(app, task, facts)
  if (reason !== undefined) return { out: reason }
  return facts.leaving.has(task.id) ? LAST_RESORT : YES
}

function unreachableVerdict(policy: UnreachablePolicy): Verdict {
  if (policy === 'in') return YES
  return policy === 'out' ? { out: 'is on an agent that lost contact' } : LAST_RESORT
}

function unhealthyReason(app: App, task: Task, facts: ReadinessFacts): string | undefined {
  const seen = seenHealth(app, task)
  if (seen === true) return undefined
  if (seen === false) return 'fails its health check'
  const before = facts.health.get(`${facts.source} ${task.id}`)
  if (before === true) return undefined
  if (before === false) return 'failed its health check when it last reported'
  // Never seen healthy: young, unless results are overdue, as they are after a leader change.
  const { startedAt } = task
  const overdue = startedAt !== undefined && isPast(startedAt + app.healthGraceMs + 1, facts)
  return overdue ? undefined : 'has no health result yet'
}

/** Undefined while results are missing or say nothing. */
function seenHealth(app: App, task: Task): boolean | undefined {
  if (app.healthChecks === 0) return true
  if (task.health.some(hasFailed)) return false
  const alive = task.health.filter((result) => result.alive).length
  return alive >= app.healthChecks ? true : undefined
}

/** During the grace period Marathon reports `alive: false` without a failure: that means unknown. */
function hasFailed(result: HealthResult): boolean {
  return !result.alive && (result.consecutiveFailures > 0 || result.reported)
}

/** Readiness checks run during deployments only; tasks of older versions count as ready. */
function unreadyReason(app: App, task: Task, facts: ReadinessFacts): string | undefined {
  const check = app.readinessCheck
  if (!app.deploying || check === undefined) return undefined
  const result = app.readiness.get(task.id)
  if (result !== undefined) return result ? undefined : 'is not ready yet'
  if (task.version !== app.version || task.startedAt === undefined) return undefined
  const wait = check.intervalMs + check.timeoutMs + READINESS_MARGIN_MS
  return isPast(task.startedAt + wait, facts) ? undefined : 'has no readiness result yet'
}

function isPast(moment: number, { now, moments }: ReadinessFacts): boolean {
  moments?.note(moment, now)
  return now >= moment
}

/**
 * What is to be remembered of an app that changed: the last known health of tasks whose results are
 * missing now. Undefined: nothing.
 *
 * @param memory from before the change
 */
export function healthChanges(
  source: string,
  { before, after }: AppChange,
  memory: HealthMemory
): ReadonlyMap<string, boolean | undefined> {
  const changes = new Map<string, boolean | undefined>()
  const last = new Map<string, boolean>()
  for (const task of before?.tasks ?? []) {
    const key = `${source} ${task.id}`
    const healthy = knownHealth(before, task) ?? memory.get(key)
    if (healthy !== undefined) last.set(task.id, healthy)
    if (memory.has(key)) changes.set(key, undefined)
  }
  if (after === undefined || after.healthChecks === 0) return changes
  for (const task of after.tasks) {
    const healthy = last.get(task.id)
    if (healthy === undefined || seenHealth(after, task) !== undefined) continue
    changes.set(`${source} ${task.id}`, healthy)
  }
  return changes
}

/** Without checks nothing is known. */
function knownHealth(app: App | undefined, task: Task): boolean | undefined {
  return app === undefined || app.healthChecks === 0 ? undefined : seenHealth(app, task)
}
