import type { OnReadOpts, SocketConstructorOpts } from 'node:net'

/** Known to the types for `connect` only; documented for `new net.Socket` too. */
interface DirectReading {
  readonly onread: OnReadOpts
}

/** Takes what a socket reads. */
export interface ByteTaker {
  /** `borrowed`: the bytes are only here during this call. @returns false: stop reading */
  onBytes(chunk: Buffer, borrowed: boolean): boolean
}

/** A read of at least half the buffer is likely followed by another large one. */
const LARGE_SHARE = 2

/**
 * The option `onread`, by which Node reads into buffers of ours, past the stream machinery: small
 * reads into one shared buffer, and while large ones keep coming each into a buffer of its own, which
 * is never copied.
 *
 * @param scratch shared by many sockets: 64 KiB
 */
export function directReading(
  scratch: Buffer,
  taker: ByteTaker
): SocketConstructorOpts & DirectReading {
  let large = false
  let own: Buffer | undefined
  return {
    onread: {
      buffer: () => {
        if (!large) return scratch
        own ??= Buffer.allocUnsafeSlow(scratch.length)
        return own
      },
      callback: (bytes: number, buffer: Uint8Array) => {
        const borrowed = buffer === scratch
        const whole = borrowed ? scratch : (own ?? scratch)
        own = undefined
        large = bytes * LARGE_SHARE >= scratch.length
        return taker.onBytes(bytes === whole.length ? whole : whole.subarray(0, bytes), borrowed)
      }
    }
  }
}
