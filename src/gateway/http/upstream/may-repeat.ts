import type { Failure, FailureReason } from './exchange.ts'
import type { ForwardRequest } from './forward-contract.ts'

/** What is known of a request when an attempt has failed. */
export interface RepeatFacts {
  /** Its method is idempotent, or it carries Idempotency-Key. */
  readonly idempotent: boolean
  readonly upgrade: boolean
  /** The body sent so far was kept. */
  readonly replayable: boolean
}

/** Failures of this side: any other task would fail alike. */
const NOT_THE_TASK: ReadonlySet<FailureReason> = new Set([
  'bad-request',
  'no-descriptor',
  'pool-closed'
])

/** No byte of the request reached a task: repeating can't repeat an effect, nor add to its load. */
export function nothingSent(failure: Failure): boolean {
  return failure.phase === 'connect' && failure.bytesSent === 0
}

/** A kept connection was closed by the task while the request was on its way (RFC 9112 §9.3.1). */
export function diedReused(failure: Failure): boolean {
  return failure.reused && failure.reason !== 'drained' && isBroken(failure)
}

/**
 * Whether a failed attempt may be repeated, on another endpoint. Never after a byte of the answer,
 * never because the task was slow (that amplifies load), never after a malformed answer.
 */
export function mayRepeat(failure: Failure, request: RepeatFacts): boolean {
  if (NOT_THE_TASK.has(failure.reason)) return false
  if (!request.replayable) return false
  if (nothingSent(failure)) return true
  if (!isBroken(failure)) return false
  return request.idempotent && (!request.upgrade || failure.reused)
}

/** For a further attempt: its timeouts are no longer than what is left of the request's own time, ms. */
export function requestWithin(request: ForwardRequest, left: number): ForwardRequest {
  const { connectMs, firstByteMs } = request.timeouts
  const timeouts = {
    ...request.timeouts,
    connectMs: Math.min(connectMs, left),
    firstByteMs: Math.min(firstByteMs, left)
  }
  return { ...request, timeouts }
}

/** Over before any byte of the answer, and not because the task was slow. */
function isBroken({ bytesRead, phase, reason }: Failure): boolean {
  if (bytesRead > 0 || phase === 'body') return false
  return reason === 'reset' || reason === 'closed' || reason === 'drained'
}
