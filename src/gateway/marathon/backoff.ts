export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
}

/**
 * Pause before attempt number `attempt` (0 is the first repetition): doubles from `minMs` to
 * `maxMs`, half of it at random, so that many gateways don't come back at one moment.
 *
 * @param random 0 to 1
 */
export function pauseMs(attempt: number, backoff: Backoff, random: number): number {
  const whole = Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(attempt, 30))
  return Math.round(whole / 2 + (whole / 2) * random)
}
