/** A worker that ran so long was well; the next one starts at once. */
const WELL_MS = 10_000
const FIRST_MS = 100
const LONGEST_MS = 10_000

/**
 * How long to wait before a worker that ended by itself is replaced, ms. Those that end soon after their
 * start are replaced ever more slowly.
 *
 * @param ranMs how long the last one ran
 * @param before what was waited the last time
 */
export function replacementDelay(ranMs: number, before: number): number {
  if (ranMs >= WELL_MS) return 0
  return Math.min(LONGEST_MS, Math.max(FIRST_MS, before * 2))
}
