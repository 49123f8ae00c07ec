import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for a condition; the limit is there against hangs only. */
export async function until(
  condition: () => boolean,
  what: string,
  limitMs = 60_000
): Promise<void> {
  const endAt = Date.now() + limitMs
  while (!condition()) {
    if (Date.now() > endAt) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await sleep(5)
  }
}
