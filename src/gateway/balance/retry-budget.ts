const BUCKETS = 10
const BUCKET_MS = 1000
/** Requests per repeat. */
const PRICE = 5
/** Repeats in ten seconds that are always granted: a quiet service may lose a task, too. */
const LEAST = 64

/**
 * How many requests of a service may be repeated: a fifth of those of the last ten seconds, and never
 * fewer than 64. When all tasks fail, repeating would only add to their load. What the 64 grant above
 * the fifth is lent: later requests pay for it before they pay for repeats of their own, so that the
 * repeats of a busy service stay below a fifth of its requests however long it fails. Time is passed
 * in; buckets are as coarse as a second.
 */
export class RetryBudget {
  readonly #requests = new Float64Array(BUCKETS)
  readonly #repeats = new Float64Array(BUCKETS)
  #requestSum = 0
  #repeatSum = 0
  /** Requests that have paid for no repeat yet; below zero: what was lent. */
  #unspent = 0
  /** The second that is being counted. */
  #second = 0

  /** A request was made. */
  count(now: number): void {
    const at = this.#bucket(now)
    this.#requests[at] = (this.#requests[at] ?? 0) + 1
    this.#requestSum++
    this.#unspent++
  }

  /** Takes one repeat out of the budget. @returns false when it is used up */
  take(now: number): boolean {
    const at = this.#bucket(now)
    if (this.#repeatSum >= LEAST && !this.#isPaid()) return false
    this.#repeats[at] = (this.#repeats[at] ?? 0) + 1
    this.#repeatSum++
    this.#unspent = Math.max(-LEAST * PRICE, this.#unspent - PRICE)
    return true
  }

  #isPaid(): boolean {
    return this.#unspent >= PRICE && this.#repeatSum * PRICE < this.#requestSum
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
    this.#unspent = Math.min(this.#unspent, this.#requestSum)
  }
}
