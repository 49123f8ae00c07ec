import type { Timer, Wheel } from '../../../gateway/http/upstream/wheel.ts'

/** What the time of a connection runs for: a head, the next request, or a client that takes nothing. */
export type Awaited = 'head' | 'request' | 'client' | 'nothing'

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

  /** @param ms for a client only: how long it may take nothing */
  await(what: Exclude<Awaited, 'nothing'>, ms = 0): void {
    // The time of a head is that of all its pieces.
    if (what === 'head' && this.awaits === 'head') return
    this.awaits = what
    const { headTimeoutMs, keepAliveMs } = this.#limits
    if (what === 'client') this.#wheel.arm(this, ms)
    else this.#wheel.arm(this, what === 'head' ? headTimeoutMs : keepAliveMs)
  }

  stop(): void {
    this.awaits = 'nothing'
    this.#wheel.disarm(this)
  }

  expire(): void {
    this.#onOver(this.awaits)
  }
}
