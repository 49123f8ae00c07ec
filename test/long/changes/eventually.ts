import { setTimeout as sleep } from 'node:timers/promises'

/** Only against hangs. */
const HANG_MS = 120_000
const LOOK_EVERY_MS = 100

/** Asks until the answer is yes. */
export async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  const endAt = Date.now() + HANG_MS
  while (!(await look())) {
    if (Date.now() > endAt) throw new Error(`waited ${HANG_MS / 1_000} s in vain: ${what}`)
    await sleep(LOOK_EVERY_MS)
  }
}
