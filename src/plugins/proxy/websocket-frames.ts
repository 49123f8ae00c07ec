const CLOSE = 8
const MASKED = 0x80

/** A server that is going away (RFC 6455 §7.4.1). Unmasked, as servers send. */
export const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** The same as clients send it: masked, with zeros. */
export const GOING_AWAY_MASKED = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9])

/**
 * Follows the frames of one direction of a WebSocket by their heads alone (RFC 6455 §5.2): between two
 * of them is the only place where a further one may stand.
 */
export class FrameBorders {
  readonly #head: number[] = []
  #wanted = 2
  /** Payload of the present frame that is still to come, bytes. */
  #left = 0
  #closed = false

  /** Nothing of a frame is under way, and the sender did not close. */
  get between(): boolean {
    return this.#left === 0 && this.#head.length === 0 && !this.#closed
  }

  see(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at)
        this.#left -= taken
        at += taken
      } else {
        this.#take(chunk[at] ?? 0)
        at += 1
      }
    }
  }

  #take(byte: number): void {
    const head = this.#head
    head.push(byte)
    if (head.length === 2) this.#wanted = 2 + lengthBytes(byte) + (byte & MASKED ? 4 : 0)
    if (head.length < this.#wanted) return
    if (((head[0] ?? 0) & 0x0f) === CLOSE) this.#closed = true
    this.#left = payloadLength(head)
    this.#wanted = 2
    head.length = 0
  }
}

function lengthBytes(second: number): number {
  const short = second & 0x7f
  if (short < 126) return 0
  return short === 126 ? 2 : 8
}

function payloadLength(head: readonly number[]): number {
  const second = head[1] ?? 0
  const extended = lengthBytes(second)
  if (extended === 0) return second & 0x7f
  return head.slice(2, 2 + extended).reduce((length, byte) => length * 256 + byte, 0)
}
