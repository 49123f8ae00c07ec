const BLANK_LINE = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
const CR = 13
const LF = 10

/** What `take` says when the block does not end in this chunk. */
export const INCOMPLETE = -1
/** What `take` says when the block is too large or can't become a block any more. */
export const BROKEN = -2

/**
 * Collects lines up to and including the empty one, over as many chunks as it takes, within a
 * bound. The common case, everything in one chunk, copies nothing but the text itself.
 */
export class BlockCollector {
  /** The lines, each with its CRLF, without the empty one. Valid after `take` gave an index. */
  text = ''
  readonly #maxBytes: number
  #held = NOTHING
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  reset(): void {
    this.#held = NOTHING
    this.#length = 0
  }

  /**
   * Reads on from `at`.
   *
   * @returns the index behind the empty line, INCOMPLETE (all of the chunk was taken), or BROKEN
   */
  take(chunk: Buffer, at: number): number {
    if (this.#length > 0) return this.#takeMore(chunk, at)
    if (chunk[at] === CR && chunk[at + 1] === LF) {
      this.text = ''
      return at + 2
    }
    const blank = chunk.indexOf(BLANK_LINE, at)
    if (blank === -1) {
      this.#hold(chunk, at)
      return this.#verdict(0)
    }
    if (blank + 4 - at > this.#maxBytes) return BROKEN
    this.text = chunk.toString('latin1', at, blank + 2)
    return blank + 4
  }

  #takeMore(chunk: Buffer, at: number): number {
    const before = this.#length
    this.#hold(chunk, at)
    const size = this.#size(before)
    if (size === -1) return this.#verdict(before)
    if (size > this.#maxBytes) return BROKEN
    this.text = size === 2 ? '' : this.#held.toString('latin1', 0, size - 2)
    this.reset()
    return at + size - before
  }

  /** Size of the finished block, its empty line included; -1 while unfinished. */
  #size(before: number): number {
    if (this.#held[0] === CR && this.#held[1] === LF && this.#length > 1) return 2
    const blank = this.#held.subarray(0, this.#length).indexOf(BLANK_LINE, Math.max(0, before - 3))
    return blank === -1 ? -1 : blank + 4
  }

  #verdict(from: number): number {
    if (this.#length > this.#maxBytes) return BROKEN
    return hasBareLineFeed(this.#held, from, this.#length) ? BROKEN : INCOMPLETE
  }

  /** Copies what is here, one byte beyond the bound at most, so that an overflow shows. */
  #hold(chunk: Buffer, at: number): void {
    const end = Math.min(chunk.length, at + this.#maxBytes + 1 - this.#length)
    const needed = this.#length + end - at
    if (this.#held.length < needed) {
      const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes + 1, Math.max(1024, needed * 2)))
      this.#held.copy(grown, 0, 0, this.#length)
      this.#held = grown
    }
    chunk.copy(this.#held, this.#length, at, end)
    this.#length = needed
  }
}

/** A line feed without its CR ends no line here; seen early, nobody waits for a head that can't end. */
function hasBareLineFeed(block: Buffer, from: number, to: number): boolean {
  for (let i = block.indexOf(LF, from); i !== -1 && i < to; i = block.indexOf(LF, i + 1)) {
    if (block[i - 1] !== CR) return true
  }
  return false
}
