/** Smaller pieces are copied together: a buffer of its own weighs more than what is in it. */
const SMALL = 1024
const TOGETHER = 4096

/**
 * Bytes that came in pieces, kept within a small multiple of their number however small the pieces
 * are: a client decides how it cuts a body.
 */
export class KeptBytes {
  readonly #pieces: Buffer[] = []
  #together: Buffer | undefined
  #used = 0

  add(piece: Buffer): void {
    const isFirst = this.#pieces.length === 0 && this.#together === undefined
    if (isFirst || piece.length >= SMALL) {
      this.#seal()
      this.#pieces.push(piece)
      return
    }
    if (this.#together === undefined || this.#used + piece.length > TOGETHER) {
      this.#seal()
      this.#together = Buffer.allocUnsafe(TOGETHER)
    }
    this.#used += piece.copy(this.#together, this.#used)
  }

  /** All that was added, in order. */
  get pieces(): readonly Buffer[] {
    this.#seal()
    return this.#pieces
  }

  #seal(): void {
    if (this.#together === undefined) return
    this.#pieces.push(this.#together.subarray(0, this.#used))
    this.#together = undefined
    this.#used = 0
  }
}
