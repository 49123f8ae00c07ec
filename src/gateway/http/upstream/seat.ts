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
   * @param failure of the last attempt; undefined: there was no endpoint to try
   * @returns false when there is nothing to wait for, or no room
   */
  take(
    room: WaitingRoom | undefined,
    route: Route | undefined,
    waiter: Waiter,
    failure?: Failure
  ): boolean {
    this.#failure = failure
    this.#leave = route && room?.enter(route, waiter, failure === undefined ? 'start' : 'news')
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
