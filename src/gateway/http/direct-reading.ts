import type { OnReadOpts, SocketConstructorOpts } from 'node:net'
import type { ReadBuffers, ReadMemory } from './read-memory.ts'

/** Known to the types for `connect` only; documented for `new net.Socket` too. */
interface DirectReading {
  readonly onread: OnReadOpts
}

/** Takes what a socket reads. */
export interface ByteTaker {
  /** @returns false: stop reading */
  onBytes(chunk: Buffer, memory: ReadMemory): boolean
}

/** A read of at least half the buffer is likely followed by another large one. */
const LARGE_SHARE = 2

/**
 * The option `onread`, by which Node reads into buffers of ours, past the stream machinery: small
 * reads into one shared buffer, and while large ones keep coming each into a buffer of its own, which
 * is never copied, and is huge while they fill it.
 */
export function directReading(
  buffers: ReadBuffers,
  taker: ByteTaker
): SocketConstructorOpts & DirectReading {
  const { scratch, borrowed } = buffers
  let large = false
  let huge = false
  let own: Buffer | undefined
  return {
    onread: {
      buffer: () => {
        if (!large) return scratch
        own ??= buffers.take(huge)
        return own
      },
      callback: (bytes: number, buffer: Uint8Array) => {
        const whole = buffer === scratch ? scratch : (own ?? scratch)
        const memory = whole === scratch ? borrowed : buffers.lend(whole)
        own = undefined
        large = bytes * LARGE_SHARE >= scratch.length
        // Filled to the brim: there is more.
        huge = bytes === whole.length || bytes > scratch.length
        return taker.onBytes(bytes === whole.length ? whole : whole.subarray(0, bytes), memory)
      }
    }
  }
}
