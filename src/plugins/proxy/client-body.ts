import type { IncomingMessage } from 'node:http'
import type { CleanHead } from '../../gateway/http/hygiene.ts'
import { KeptBytes } from '../../gateway/http/kept-bytes.ts'
import { forwardedTrailers } from '../../gateway/http/trailers.ts'
import type { Forward } from '../../gateway/http/upstream/forward-contract.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import { type BodyPace, type BodyRules, isGathered, paceOf } from './body-pace.ts'

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
 * one is read as a whole before a task is asked.
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
  #isTimed = true

  constructor(req: IncomingMessage, clean: CleanHead, tools: ClientBodyTools) {
    this.#req = req
    this.#clean = clean
    this.#tools = tools
    this.#pace = paceOf(clean, tools.bodyRules, tools.idleMs)
  }

  /** @param start begins to carry the request to a task */
  carry(start: () => Forward): void {
    const clean = this.#clean
    if (isGathered(clean, this.#tools.bodyRules)) this.#gather(start)
    else this.#stream(start())
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

  #gather(start: () => Forward): void {
    const req = this.#req
    const kept = new KeptBytes()
    this.#await()
    req.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      // Nobody wants it any more, yet it has to be read.
      if (!this.#isTimed) return
      kept.add(chunk)
      this.#await()
    })
    req.on('end', () => {
      if (!this.#isTimed) return
      this.untimed()
      // Nobody is there any more who would catch what is thrown.
      try {
        const forward = start()
        for (const piece of kept.pieces) forward.write(piece)
        forward.end()
      } catch (error) {
        this.#tools.onFault(error)
      }
    })
  }

  #stream(forward: Forward): void {
    const req = this.#req
    this.#await()
    req.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      this.#await()
      if (this.#passOn(forward, chunk)) return
      this.held = true
      this.#stop()
      req.pause()
    })
    req.on('end', () => {
      this.untimed()
      forward.end(forwardedTrailers(req.rawTrailers))
    })
  }

  #passOn(forward: Forward, chunk: Buffer): boolean {
    try {
      return forward.write(chunk)
    } catch (error) {
      this.#tools.onFault(error)
      return true
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
