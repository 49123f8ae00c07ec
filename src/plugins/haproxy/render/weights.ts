/** One service of a route: its share, and the endpoints it has. */
export interface Share {
  readonly weight: number
  readonly endpoints: number
}

export interface Scale {
  /** Up to 256, HAProxy's own limit. */
  readonly heaviest: number
  /**
   * Of scales that are as good, the one with small or with large numbers. HAProxy's rotation may pass over
   * a server that has just come for as many requests as a few weights add up to (seen in 2.6.12: 750 with
   * weights of 100), so there they are small; a ring gets finer with larger ones.
   */
  readonly prefer: 'small' | 'large'
}

/** An error that is not worth larger numbers. */
const CLOSE_ENOUGH = 0.01

/**
 * Weights of the single endpoints, so that each service gets its share whatever its number of
 * endpoints. HAProxy takes whole weights: of all scales up to `heaviest` the one with the smallest
 * error is taken. A positive share never becomes 0, so one of less than 1/`heaviest` of the heaviest
 * endpoint's is rounded up.
 *
 * @returns one weight per share; 0 where the share or the number of endpoints is 0
 */
export function endpointWeights(shares: readonly Share[], { heaviest, prefer }: Scale): number[] {
  const ideal = shares.map(({ weight, endpoints }) => (endpoints > 0 ? weight / endpoints : 0))
  const highest = Math.max(0, ...ideal)
  if (highest === 0) return ideal.map(() => 0)
  let best: number[] = []
  let smallest = Number.POSITIVE_INFINITY
  for (let at = 1; at <= heaviest; at += 1) {
    const top = prefer === 'small' ? at : heaviest + 1 - at
    const weights = ideal.map((one) =>
      one > 0 ? Math.max(1, Math.round((one * top) / highest)) : 0
    )
    const error = worstError(weights, ideal)
    // Only a real gain is worth another scale.
    if (error < smallest - 1e-9) {
      smallest = error
      best = weights
    }
    if (prefer === 'small' && smallest <= CLOSE_ENOUGH) break
  }
  return best
}

/** The largest relative difference between shares wanted and shares given. */
function worstError(weights: readonly number[], ideal: readonly number[]): number {
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const [at, wanted] of ideal.entries()) {
    if (wanted === 0) continue
    const ratio = (weights[at] ?? 0) / wanted
    low = Math.min(low, ratio)
    high = Math.max(high, ratio)
  }
  return high / low - 1
}
