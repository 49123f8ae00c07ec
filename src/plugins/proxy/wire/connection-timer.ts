import type { Timer, Wheel } from '../../../gateway/http/upstream/wheel.ts'

/**
 * What the time of a connection runs for: a head, a body, the next request, or a client that takes
 * nothing.
 */
export type Awaited = 'head' | 'body' | 'request' | 'client' | 'nothing'

export interface TimerLimits {
  readonly headTimeoutMs: number
  readonly keepAliveMs: number
}

/** The one timer of a client's connection; a head is awaited from the start. */
export class ConnectionTimer implements Timer {
  deadline = 0
  slot = 0
  awaits: Awaited = 'nothing'
  readonly #wheel: Wheel
  readonly #limits: TimerLimits
  readonly #onOver: (awaited: Awaited) => void

  constructor(wheel: Wheel, limits: TimerLimits, onOver: (awaited: Awaited) => void) {
    this.#wheel = wheel
    this.#limits = limits
    this.#onOver = onOver
    this.await('head')
  }

  /** @param ms for a body and a client only: how long it may send, or take, nothing */
  await(what: Exclude<Awaited, 'nothing'>, ms = 0): void {
    // The time of a head is that of all its pieces.
    if (what === 'head' && this.awaits === 'head') return
    this.awaits = what
    const { headTimeoutMs, keepAliveMs } = this.#limits
    if (what === 'client' || what === 'body') this.#wheel.arm(this, ms)
    else this.#wheel.arm(this, what === 'head' ? headTimeoutMs : keepAliveMs)
  }

  /** @param ms undefined: no body is waited for */
  awaitBody(ms: number | undefined): void {
    if (ms !== undefined) this.await('body', ms)
    else this.stopFor('body')
  }

  stopFor(what: Awaited): void {
    if (this.awaits === what) this.stop()
  }

  stop(): void {
    this.awaits = 'nothing'
    this.#wheel.disarm(this)
  }

  expire(): void {
    this.#onOver(this.awaits)
  }
}
