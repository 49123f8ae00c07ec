import type { IncomingMessage } from 'node:http'
import type { CleanHead } from '../../gateway/http/hygiene.ts'
import { KeptBytes } from '../../gateway/http/kept-bytes.ts'
import { forwardedTrailers } from '../../gateway/http/trailers.ts'
import type { Forward } from '../../gateway/http/upstream/forward-contract.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import { type BodyPace, type BodyRules, gatheredBytes, paceOf } from './body-pace.ts'

export interface ClientBodyTools {
  readonly wheel: Wheel
  readonly bodyRules: BodyRules
  /** Longest time without a byte, ms. */
  readonly idleMs: number
  /** Whether it, and not the task, is waited for; told with each piece. */
  onAwaited(isAwaited: boolean): void
  /** The body did not come in time. */
  onLate(): void
  /** It could not be carried. */
  onFault(error: unknown): void
}

/**
 * The body of a request on its way from Node's server to a task, with the time it may take. A small
 * one is read as a whole before a task is asked, of a larger one the first bytes.
 */
export class ClientBody implements Timer {
  deadline = 0
  slot = 0
  /** Bytes that came. */
  bytes = 0
  /** The task takes no more for now. */
  held = false
  readonly #req: IncomingMessage
  readonly #clean: CleanHead
  readonly #tools: ClientBodyTools
  readonly #pace: BodyPace
  /** What came before a task was asked. */
  #early: KeptBytes | undefined
  /** So much is to come before. */
  #wanted = 0
  #forward: Forward | undefined
  #isTimed = true

  constructor(req: IncomingMessage, clean: CleanHead, tools: ClientBodyTools) {
    this.#req = req
    this.#clean = clean
    this.#tools = tools
    this.#pace = paceOf(clean, tools.bodyRules, tools.idleMs)
  }

  /** @param start begins to carry the request to a task */
  carry(start: () => Forward): void {
    const req = this.#req
    this.#wanted = gatheredBytes(this.#clean, this.#tools.bodyRules)
    if (this.#wanted === 0) this.#forward = start()
    this.#await()
    req.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      this.#await()
      this.#take(chunk, start)
    })
    req.on('end', () => {
      // Nobody wants it any more, yet it had to be read.
      if (this.#forward === undefined && !this.#isTimed) return
      this.untimed()
      if (this.#forward === undefined) this.#begin(start)
      this.#forward?.end(forwardedTrailers(req.rawTrailers))
    })
  }

  drained(): void {
    this.held = false
    this.#pace.restart(this.#tools.wheel.now())
    this.#await()
    this.#req.resume()
  }

  /** Its time counts no more: an answer has begun, or all is over. */
  untimed(): void {
    this.#isTimed = false
    this.#stop()
  }

  expire(): void {
    this.#tools.onLate()
  }

  #take(chunk: Buffer, start: () => Forward): void {
    if (this.#forward !== undefined) this.#passOn(this.#forward, chunk)
    else if (this.#isTimed) {
      this.#early ??= new KeptBytes()
      this.#early.add(chunk)
      if (this.bytes >= this.#wanted) this.#begin(start)
    }
  }

  /** Nobody is there any more who would catch what is thrown. */
  #begin(start: () => Forward): void {
    try {
      const forward = start()
      this.#forward = forward
      for (const piece of this.#early?.pieces ?? []) this.#passOn(forward, piece)
      this.#early = undefined
    } catch (error) {
      this.#tools.onFault(error)
    }
  }

  #passOn(forward: Forward, chunk: Buffer): void {
    try {
      if (forward.write(chunk)) return
      this.held = true
      this.#stop()
      this.#req.pause()
    } catch (error) {
      this.#tools.onFault(error)
    }
  }

  #await(): void {
    const { wheel } = this.#tools
    if (!this.#isTimed || this.held) return
    wheel.arm(this, this.#pace.left(this.bytes, wheel.now()))
    this.#tools.onAwaited(true)
  }

  #stop(): void {
    this.#tools.wheel.disarm(this)
    this.#tools.onAwaited(false)
  }
}
