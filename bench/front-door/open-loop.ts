import { setTimeout as wait } from 'node:timers/promises'

export interface OpenLoop {
  /** Per second. */
  readonly rate: number
  readonly seconds: number
  readonly signal: AbortSignal
  /** ms, never backwards. */
  now(): number
}

/** Timers are no finer. */
const TICK_MS = 1

/**
 * Calls `send` at a fixed rate, whatever became of the calls before. A call that comes late, since this
 * process was busy, is still told when it was due, so that no wait is left out of a figure.
 *
 * @param send gets the moment at which the call was due, in the time of `now`
 */
export async function runOpenLoop(loop: OpenLoop, send: (dueMs: number) => void): Promise<void> {
  const { rate, seconds, signal, now } = loop
  const begin = now()
  const total = Math.round(rate * seconds)
  const gapMs = 1000 / rate
  let sent = 0
  while (sent < total && !signal.aborted) {
    const due = Math.min(total, Math.floor((now() - begin) / gapMs) + 1)
    for (; sent < due; sent++) send(begin + sent * gapMs)
    await wait(TICK_MS)
  }
}
