const BUCKETS = 10
const BUCKET_MS = 1000
/** Repeats per request of the last ten seconds. */
const SHARE = 0.2
/** Repeats in ten seconds that are always granted: a quiet service may lose a task, too. */
const LEAST = 64

/**
 * How many requests of a service may be repeated: a fifth of those of the last ten seconds, and never
 * fewer than 64. When all tasks fail, repeating would only add to their load. Time is passed in;
 * buckets are as coarse as a second.
 */
export class RetryBudget {
  readonly #requests = new Float64Array(BUCKETS)
  readonly #repeats = new Float64Array(BUCKETS)
  #requestSum = 0
  #repeatSum = 0
  /** The second that is being counted. */
  #second = 0

  /** A request was made. */
  count(now: number): void {
    const at = this.#bucket(now)
    this.#requests[at] = (this.#requests[at] ?? 0) + 1
    this.#requestSum++
  }

  /** Takes one repeat out of the budget. @returns false when it is used up */
  take(now: number): boolean {
    const at = this.#bucket(now)
    if (this.#repeatSum >= Math.max(LEAST, this.#requestSum * SHARE)) return false
    this.#repeats[at] = (this.#repeats[at] ?? 0) + 1
    this.#repeatSum++
    return true
  }

  #bucket(now: number): number {
    const second = Math.floor(now / BUCKET_MS)
    if (second !== this.#second) this.#turn(second)
    return second % BUCKETS
  }

  /** Forgets the seconds that are ten seconds old; all of them when the clock was set back. */
  #turn(second: number): void {
    const passed = second - this.#second
    const from = passed > 0 && passed < BUCKETS ? this.#second + 1 : second - BUCKETS + 1
    for (let one = from; one <= second; one += 1) {
      const at = one % BUCKETS
      this.#requestSum -= this.#requests[at] ?? 0
      this.#repeatSum -= this.#repeats[at] ?? 0
      this.#requests[at] = 0
      this.#repeats[at] = 0
    }
    this.#second = second
  }
}
