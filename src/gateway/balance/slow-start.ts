/** Part of its share that a new endpoint has from the start: it is to be warmed, after all. */
const LEAST = 0.1

/**
 * The part of its full share of requests that a new endpoint may have: grows in a straight line.
 *
 * @param ageMs since it joined a running service
 * @param overMs how long that takes; 0: not at all
 */
export function warmShare(ageMs: number, overMs: number): number {
  if (ageMs >= overMs || ageMs < 0) return 1
  return Math.max(LEAST, ageMs / overMs)
}
