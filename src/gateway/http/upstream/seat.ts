import type { Route } from '../../model/route.ts'
import type { Failure } from './exchange.ts'
import type { Waiter, WaitingRoom } from './forward-contract.ts'

/** A request's place in the waiting room, while it has one. */
export class Seat {
  #leave: (() => void) | undefined
  #failure: Failure | undefined

  get taken(): boolean {
    return this.#leave !== undefined
  }

  /** How the attempt failed after which it waits, if there was one. */
  get before(): { readonly failure?: Failure } {
    return this.#failure === undefined ? {} : { failure: this.#failure }
  }

  /**
   * @param longestMs what is left of the request's own time
   * @param failure of the last attempt; undefined: there was no endpoint to try
   * @returns false when there is nothing to wait for, or no room
   */
  take(
    room: WaitingRoom | undefined,
    route: Route | undefined,
    waiter: Waiter,
    longestMs: number,
    failure?: Failure
  ): boolean {
    this.#failure = failure
    const awaited = failure === undefined ? 'start' : 'news'
    this.#leave = route && room?.enter(route, waiter, awaited, longestMs)
    return this.taken
  }

  leave(): void {
    this.#leave?.()
    this.#leave = undefined
  }

  /** The room itself has let the request go. */
  left(): void {
    this.#leave = undefined
  }
}
