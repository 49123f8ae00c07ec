import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { Endpoint } from '../../gateway/model/route.ts'
import type { Laggard, Laggards } from './laggards.ts'

/** A request that can be ended with an error of the gateway's own. */
export interface Endable {
  fail(name: GatewayErrorName): void
}

/** Moving this much is progress, bytes. */
const SLOW_BYTES = 65_536

/** Watches what a client keeps waiting: a request on its way to a task, or its answer. */
export class SlowClient implements Laggard {
  readonly #laggards: Laggards
  #endpoint: Endpoint | undefined
  #request: Endable | undefined
  #takesSince: number | undefined
  #sendsSince: number | undefined
  #progress = 0

  constructor(laggards: Laggards) {
    this.#laggards = laggards
  }

  /** From now on it takes nothing of an answer that goes on. */
  takesNothing(request: Endable, endpoint: Endpoint | undefined): void {
    this.#join(request, endpoint)
    this.#takesSince ??= this.#laggards.now()
  }

  takes(): void {
    this.#takesSince = undefined
  }

  /**
   * @param request whose body goes to a task as it comes; undefined: none is waited for
   * @param bytes of it so far
   */
  sends(request: Endable | undefined, endpoint?: Endpoint, bytes = 0): void {
    if (request === undefined) {
      this.#sendsSince = undefined
      return
    }
    this.#join(request, endpoint)
    const progress = Math.floor(bytes / SLOW_BYTES)
    if (this.#sendsSince !== undefined && this.#progress === progress) return
    this.#progress = progress
    this.#sendsSince = this.#laggards.now()
  }

  /** The request holds no connection to a task any more. */
  leave(): void {
    if (this.#endpoint !== undefined) this.#laggards.leave(this.#endpoint, this)
    this.#endpoint = undefined
    this.#request = undefined
    this.#takesSince = undefined
    this.#sendsSince = undefined
  }

  slowSince(): number | undefined {
    if (this.#takesSince === undefined) return this.#sendsSince
    return Math.min(this.#takesSince, this.#sendsSince ?? this.#takesSince)
  }

  giveWay(): void {
    const request = this.#request
    this.leave()
    request?.fail('tooSlow')
  }

  #join(request: Endable, endpoint: Endpoint | undefined): void {
    if (endpoint === undefined || this.#request === request) return
    this.leave()
    this.#endpoint = endpoint
    this.#request = request
    this.#laggards.join(endpoint, this)
  }
}
