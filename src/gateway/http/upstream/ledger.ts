import { addressText } from '../../model/diff.ts'
import type { Endpoint } from '../../model/route.ts'
import type { Failure } from './exchange.ts'
import type { Exhausted } from './forward-contract.ts'
import type { MeasuredExchange } from './upstream-client.ts'

/** One entry of a request's ledger: which task was tried and how it ended. */
export interface Attempt {
  readonly endpoint: Endpoint
  /** A `FailurePhase`; `running` or `done` for the attempt that went well. */
  readonly phase: string
  /** A `FailureReason`; `ok`, or `aborted` when the client went away. */
  readonly reason: string
  readonly reused: boolean
  readonly bytesSent: number
  readonly bytesRead: number
  readonly ms: number
  /** What a failure led to: another attempt, or why there was none. */
  readonly then?: 'repeated' | Exhausted
}

/** The entry of an attempt that failed. */
export function failedAttempt(
  endpoint: Endpoint,
  { phase, reason, reused, bytesSent, bytesRead }: Failure,
  ms: number,
  then: 'repeated' | Exhausted
): Attempt {
  return { endpoint, phase, reason, reused, bytesSent, bytesRead, ms, then }
}

/** The entry of an attempt that did not fail, as far as it is. */
export function goodAttempt(
  endpoint: Endpoint,
  { reused, bytesSent, bytesRead }: MeasuredExchange,
  ms: number,
  outcome: string
): Attempt {
  const phase = outcome === 'done' ? 'done' : 'running'
  const reason = outcome === 'aborted' ? 'aborted' : 'ok'
  return { endpoint, phase, reason, reused, bytesSent, bytesRead, ms }
}

/** `10.0.0.7:31001 refused (connect, sent 0 B, read 0 B, 2 ms): repeated` */
export function attemptText(attempt: Attempt): string {
  const { endpoint, phase, reason, reused, bytesSent, bytesRead, ms, then } = attempt
  const where = `${phase}${reused ? ' on a kept connection' : ''}`
  const facts = `${where}, sent ${bytesSent} B, read ${bytesRead} B, ${Math.round(ms)} ms`
  return `${addressText(endpoint)} ${reason} (${facts})${then === undefined ? '' : `: ${then}`}`
}
