import type { Endpoint, Route } from '../../model/route.ts'
import type { Exchange, ExchangeHandler, Failure, UpstreamRequest } from './exchange.ts'
import type { Attempt } from './ledger.ts'

/** The contract between a lane and `forward`: one request, and the tasks it may go to. */

export interface ForwardRequest extends UpstreamRequest {
  /** May be repeated as far as its meaning goes: see `isIdempotent`. */
  readonly idempotent: boolean
  /** By which it may wait for a task that is starting; absent: it never waits. */
  readonly route?: Route
}

/** What a request waits for: a task that is starting, or news of tasks after all that are known failed it. */
export type Awaited = 'start' | 'news'

/** A request without an endpoint. */
export interface Waiter {
  /** Most bytes of its body that are kept meanwhile. */
  readonly keptBytes: number
  /** There may be an endpoint now. @returns false: there is none yet, and it waits on */
  tryAgain(): boolean
  /** None came in time. */
  giveUp(): void
}

/** Where requests wait for a task. */
export interface WaitingRoom {
  /**
   * @param longestMs it waits no longer than that
   * @returns lets it leave; undefined: there is nothing to wait for, or no room
   */
  enter(route: Route, waiter: Waiter, awaited: Awaited, longestMs: number): (() => void) | undefined
}

/**
 * Why no further attempt was made. `no-endpoint`: there is none, or none that was not tried;
 * `not-repeatable`: the request may have had an effect, or an answer has begun; `attempts`: the most
 * allowed were made; `deadline`: the time for a first byte is over; `budget`: the service's share of
 * repeated requests is used up.
 */
export type Exhausted = 'no-endpoint' | 'not-repeatable' | 'attempts' | 'deadline' | 'budget'

export interface ForwardFailure {
  /** How the last attempt failed; absent when there was no endpoint to try. */
  readonly failure?: Failure
  readonly exhausted: Exhausted
}

/** As of an exchange; `onFailure` comes only when no further attempt is made. */
export interface ForwardHandler extends Omit<ExchangeHandler, 'onFailure'> {
  /** Chooses an endpoint that is not in `tried`, another agent first. */
  pick(tried: readonly Endpoint[]): Endpoint | undefined
  /** Called for each attempt, the first one before `forward` returns. */
  onChosen(endpoint: Endpoint): void
  onFailure(failure: ForwardFailure): void
  /** Something of ours failed: no other call follows. The request is to be ended. */
  onFault(error: unknown): void
}

export interface Forward extends Exchange {
  /** One entry per attempt, in order. */
  readonly ledger: readonly Attempt[]
}
