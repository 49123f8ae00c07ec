import { setTimeout as sleep } from 'node:timers/promises'

/** A change waits for the end of a reload: that must not be noticed late. */
const LONGEST_PAUSE_MS = 50

/** Asks again and again, with growing pauses, until there is an answer; undefined after the limit. */
export async function awaitAnswer<Answer>(
  ask: () => Promise<Answer | undefined>,
  limitMs: number
): Promise<Answer | undefined> {
  const endAt = performance.now() + limitMs
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() + pauseMs > endAt) return undefined
    await sleep(pauseMs)
  }
}
