/** Turns of the event loop in a row that each brought a connection. */
const IN_A_ROW = 8
/** Ms that such a turn takes on the average: shorter ones are many enough to take what comes. */
const LONG_TURN_MS = 4

/**
 * Notices when connections come faster than they are accepted. Node accepts one in each turn of the event
 * loop, and while many requests run a turn takes long.
 */
export class CrowdWatch {
  readonly #onCrowd: () => void
  /** Since it last looked. */
  #hasAccepted = false
  #inARow = 0
  #since = 0

  /** @param onCrowd called again and again while it lasts */
  constructor(onCrowd: () => void) {
    this.#onCrowd = onCrowd
  }

  /** To be called with each connection. */
  accepted(): void {
    if (!this.#hasAccepted && this.#inARow === 0) {
      this.#since = performance.now()
      setImmediate(this.#look)
    }
    this.#hasAccepted = true
  }

  readonly #look = (): void => {
    if (!this.#hasAccepted) {
      this.#inARow = 0
      return
    }
    this.#hasAccepted = false
    this.#inARow++
    setImmediate(this.#look)
    if (this.#inARow < IN_A_ROW) return
    const took = performance.now() - this.#since
    this.#inARow = 1
    this.#since = performance.now()
    if (took > IN_A_ROW * LONG_TURN_MS) this.#onCrowd()
  }
}
