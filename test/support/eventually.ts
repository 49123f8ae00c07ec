import { setTimeout as sleep } from 'node:timers/promises'

/** What is to come soon is seen soon, and what takes long is not asked for all the time. */
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 25

/**
 * Looks again and again until there is something.
 *
 * @param look gives undefined or false for: not yet
 * @param limitMs there against hangs only
 * @throws Error when the time is over
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 120_000
): Promise<T> {
  const endAt = Date.now() + limitMs
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(1.2 * pause, LONGEST_PAUSE_MS)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > endAt) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await sleep(pause)
  }
}
