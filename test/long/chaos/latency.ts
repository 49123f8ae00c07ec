/** Times in buckets that grow by 5 %: as exact as a table needs, and small for any number of them. */
const GROWTH = Math.log(1.05)
const SMALLEST_MS = 0.05

export function bucketOf(ms: number): number {
  return Math.max(0, Math.ceil(Math.log(ms / SMALLEST_MS) / GROWTH))
}

/** Upper end of a bucket, ms. */
export function msOf(bucket: number): number {
  return SMALLEST_MS * Math.exp(bucket * GROWTH)
}

/** Counts by bucket. */
export class Latency {
  readonly #counts = new Map<number, number>()
  #longestMs = 0

  add(ms: number): void {
    this.addBucket(bucketOf(ms), 1)
    this.#longestMs = Math.max(this.#longestMs, ms)
  }

  addBucket(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count)
  }

  /** @param longestMs of what is merged in */
  merge(buckets: readonly (readonly [number, number])[], longestMs: number): void {
    for (const [bucket, count] of buckets) this.addBucket(bucket, count)
    this.#longestMs = Math.max(this.#longestMs, longestMs)
  }

  get buckets(): readonly (readonly [number, number])[] {
    return [...this.#counts]
  }

  get longestMs(): number {
    return this.#longestMs
  }

  /** ms that a share of `q` stay below; 0 without any. */
  quantile(q: number): number {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b)
    const total = sorted.reduce((sum, [, count]) => sum + count, 0)
    let seen = 0
    for (const [bucket, count] of sorted) {
      seen += count
      if (seen >= q * total) return Math.min(msOf(bucket), this.#longestMs)
    }
    return 0
  }
}
