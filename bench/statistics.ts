/** Middle, least and greatest of some values: what a figure of several rounds is told by. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @returns undefined for no values at all */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return undefined
  return { median: medianOfSorted(sorted), min, max }
}

/**
 * Nearest rank: the smallest value that at least this share of all values doesn't exceed.
 *
 * @param sorted ascending
 * @param share 0 to 1
 * @returns NaN for no values
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.min(Math.max(Math.ceil(share * sorted.length), 1), sorted.length)
  return sorted[rank - 1] ?? Number.NaN
}

function medianOfSorted(sorted: readonly number[]): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}
