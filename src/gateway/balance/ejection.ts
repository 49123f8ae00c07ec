/** When an endpoint that fails takes no more requests, and for how long. */
export interface EjectionRules {
  /** Failures in a row; 0: never. */
  readonly after: number
  /** Statuses of answers that count as failures. */
  readonly statuses: readonly number[]
  /** How long the first time, ms; each further time is twice as long. */
  readonly firstMs: number
  readonly longestMs: number
}

/** What an endpoint is known for. */
export interface EjectionRecord {
  /** In a row. */
  failures: number
  /** How often it was out without being well in between. */
  times: number
  /** Ms since 1970; 0: it never was. */
  outUntil: number
}

/** How an attempt failed, as far as it matters here; in the words of `http/upstream/exchange.ts`. */
export interface AttemptFailure {
  readonly phase: string
  readonly reason: string
  readonly reused: boolean
  readonly bytesRead: number
}

const BROKEN = new Set(['reset', 'closed'])
const NOT_THERE = new Set(['refused', 'unreachable', 'connect-timeout'])

/** What says that a whole agent may be gone, and not just a task that was stopped. */
export function isLost({ reason, reused, bytesRead }: AttemptFailure): boolean {
  if (NOT_THERE.has(reason)) return true
  return BROKEN.has(reason) && !diedIdle(reused, bytesRead)
}

/** Whether an attempt counts against its endpoint; undefined: it says nothing about it. */
export function isFailure(
  status: number,
  failure: AttemptFailure | undefined,
  { statuses }: Pick<EjectionRules, 'statuses'>
): boolean | undefined {
  if (failure === undefined) return status === 0 ? undefined : statuses.includes(status)
  return isLost(failure) || failure.reason === 'first-byte-timeout' ? true : undefined
}

/** A kept connection that was closed meanwhile is nobody's fault. */
function diedIdle(reused: boolean, bytesRead: number): boolean {
  return reused && bytesRead === 0
}

/**
 * An attempt failed.
 *
 * @param now ms since 1970
 * @returns true when the endpoint is out from now on
 */
export function noteFailure(record: EjectionRecord, rules: EjectionRules, now: number): boolean {
  // What began before it was out says nothing new.
  if (rules.after === 0 || now < record.outUntil) return false
  record.failures++
  if (record.failures < rules.after) return false
  const wasWell = now - record.outUntil > timeOut(record.times, rules)
  if (wasWell) record.times = 0
  record.times++
  record.outUntil = now + timeOut(record.times, rules)
  // Back again, it has one failure to show that it is no better.
  record.failures = rules.after - 1
  return true
}

/** Of the nth time in a row, ms. */
function timeOut(times: number, { firstMs, longestMs }: EjectionRules): number {
  return times === 0 ? 0 : Math.min(longestMs, firstMs * 2 ** (times - 1))
}

/**
 * The endpoints of a service that get no requests: those that are out, unless they would be more than
 * half of all. Then something else is wrong, and whoever is left would only be crushed.
 */
export function shunned<One>(all: readonly One[], isOut: (one: One) => boolean): readonly One[] {
  const out = all.filter(isOut)
  return out.length * 2 > all.length ? [] : out
}
