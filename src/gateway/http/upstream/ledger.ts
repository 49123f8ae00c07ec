import type { Endpoint } from '../../model/route.ts'

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
}
