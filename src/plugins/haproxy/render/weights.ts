/** One service of a route: its share, and the endpoints it has. */
export interface Share {
  readonly weight: number
  readonly endpoints: number
}

/**
 * Weights of the single endpoints, so that each service gets its share whatever its number of
 * endpoints. HAProxy takes whole weights: of all scales up to `heaviest` the one with the smallest
 * error is taken, the heaviest of equals. A positive share never becomes 0, so one of less than
 * 1/`heaviest` of the heaviest endpoint's is rounded up.
 *
 * @param heaviest up to 256, HAProxy's own limit
 * @returns one weight per share; 0 where the share or the number of endpoints is 0
 */
export function endpointWeights(shares: readonly Share[], heaviest: number): number[] {
  const ideal = shares.map(({ weight, endpoints }) => (endpoints > 0 ? weight / endpoints : 0))
  const highest = Math.max(0, ...ideal)
  if (highest === 0) return ideal.map(() => 0)
  let best: number[] = []
  let smallest = Number.POSITIVE_INFINITY
  for (let top = heaviest; top >= 1; top -= 1) {
    const weights = ideal.map((one) =>
      one > 0 ? Math.max(1, Math.round((one * top) / highest)) : 0
    )
    const error = worstError(weights, ideal)
    // Only a real gain is worth a coarser scale.
    if (error < smallest - 1e-9) {
      smallest = error
      best = weights
    }
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
