import type { Route } from '../../model/route.ts'
import type { Waiter, WaitingRoom } from './forward-contract.ts'

/** A request's place in the waiting room, while it has one. */
export class Seat {
  #leave: (() => void) | undefined

  get taken(): boolean {
    return this.#leave !== undefined
  }

  /** @returns false when there is nobody to wait for, or no room */
  take(room: WaitingRoom | undefined, route: Route | undefined, waiter: Waiter): boolean {
    this.#leave = route && room?.enter(route, waiter)
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
