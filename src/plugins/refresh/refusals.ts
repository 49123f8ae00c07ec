import type { Attempt } from '../../gateway/plugin.ts'

/** Reads asked for any endpoint keep this distance, and so do the first two for the same one. */
const DISTANCE_MS = 1_000
/** The next ones wait twice as long each, up to this: a port that never answers must not cost a read each second. */
const LONGEST_MS = 30_000
/** One that took connections for so long is as new: it is not remembered, so that only a few ever are. */
const FORGOTTEN_MS = 2 * LONGEST_MS

interface Asked {
  readonly at: number
  /** No further read for this endpoint before. */
  readonly again: number
}

/**
 * Says which refused connections are news. A task that takes no connection has most likely gone, and nobody
 * has said so: its event was lost, or comes late. Marathon itself may learn of it later than a client
 * does, so one read for a task is not enough.
 */
export class Refusals {
  /** The last read asked for, by endpoint. */
  readonly #asked = new Map<string, Asked>()
  #lastAt = Number.NEGATIVE_INFINITY

  /**
   * @param now milliseconds of any clock that only goes forward
   * @returns the address to ask a read for; undefined: none is due
   */
  note(attempts: readonly Attempt[], now: number): string | undefined {
    for (const { endpoint, phase, reason, then } of attempts) {
      if (phase !== 'connect' || reason === 'no-descriptor' || then === undefined) continue
      if (now - this.#lastAt < DISTANCE_MS) return undefined
      if (now < (this.#asked.get(endpoint.id)?.again ?? now)) continue
      this.#remember(endpoint.id, now)
      return `${endpoint.host}:${endpoint.port}`
    }
    return undefined
  }

  #remember(id: string, now: number): void {
    this.#lastAt = now
    for (const [old, { at }] of this.#asked) if (now - at > FORGOTTEN_MS) this.#asked.delete(old)
    const again = now + nextWait(this.#asked.get(id))
    this.#asked.set(id, { at: now, again })
  }
}

function nextWait(before: Asked | undefined): number {
  return before === undefined ? DISTANCE_MS : Math.min(2 * (before.again - before.at), LONGEST_MS)
}
