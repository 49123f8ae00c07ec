import type { Endpoint } from '../../model/route.ts'
import type { Failure } from './exchange.ts'
import type { WaitingRoom } from './forward-contract.ts'
import type { UpstreamClient } from './upstream-client.ts'

export interface ForwardSettings {
  /** Attempts in all, 3 by default. */
  readonly maxAttempts: number
  /** Bytes of a body kept for another attempt, 64 KiB by default; a longer one is not repeated. */
  readonly replayBytes: number
}

export const defaultForwardSettings: ForwardSettings = { maxAttempts: 3, replayBytes: 65_536 }

/** Accounts for attempts: requests in flight, budgets, and what endpoints are known for. */
export interface AttemptKeeper {
  /** @param repeated it is not the first one of its request */
  started(endpoint: Endpoint, now: number, repeated: boolean): void
  /**
   * A tunnel ends when its socket closes. Neither status nor failure: the client went away before.
   *
   * @param status of the answer; 0: its head did not come
   */
  ended(endpoint: Endpoint, status: number, failure?: Failure): void
  /** Whether a request that this endpoint may have seen may go on to another one: draws on a budget. */
  mayRepeat(endpoint: Endpoint, now: number): boolean
}

/** What all requests of a front door are forwarded with. */
export interface ForwardTools {
  readonly client: UpstreamClient
  readonly settings: ForwardSettings
  /** Milliseconds. */
  now(): number
  readonly keeper: AttemptKeeper
  /** Absent: no request waits for a task. */
  readonly room?: WaitingRoom
}
