import type { Attempt } from '../../gateway/plugin.ts'

/** Reads asked for one endpoint keep this distance: a port that never answers must not cost a read each second. */
const AGAIN_MS = 30_000
/** Reads asked for any of them keep this one. */
const DISTANCE_MS = 1_000
/** Endpoints that are remembered. */
const MOST = 1_000

/**
 * Says which refused connections are news. A task that takes no connection has most likely gone, and nobody
 * has said so: its event was lost, or comes late.
 */
export class Refusals {
  /** When a read was asked for, by endpoint, the oldest first. */
  readonly #askedAt = new Map<string, number>()
  #lastAt = Number.NEGATIVE_INFINITY

  /**
   * @param now milliseconds of any clock that only goes forward
   * @returns the address to ask a read for; undefined: none is due
   */
  note(attempts: readonly Attempt[], now: number): string | undefined {
    for (const { endpoint, phase, then } of attempts) {
      if (phase !== 'connect' || then === undefined) continue
      if (now - this.#lastAt < DISTANCE_MS) return undefined
      const askedAt = this.#askedAt.get(endpoint.id)
      if (askedAt !== undefined && now - askedAt < AGAIN_MS) continue
      this.#remember(endpoint.id, now)
      return `${endpoint.host}:${endpoint.port}`
    }
    return undefined
  }

  #remember(id: string, now: number): void {
    this.#lastAt = now
    this.#askedAt.delete(id)
    this.#askedAt.set(id, now)
    if (this.#askedAt.size <= MOST) return
    const [oldest] = this.#askedAt.keys()
    if (oldest !== undefined) this.#askedAt.delete(oldest)
  }
}
