/** Whose memory the bytes of a read lie in. */
export interface ReadMemory {
  /** The bytes are only here during the call that tells of them; else they may be kept. */
  readonly borrowed: boolean
  /**
   * To be called once the bytes of the whole read are of no more use: their memory is read into again.
   * Whoever never calls it leaves it to the garbage collector.
   */
  free?(): void
}

/** The bytes may be kept. */
export const OWN_MEMORY: ReadMemory = { borrowed: false }

const BORROWED: ReadMemory = { borrowed: true }

/** Buffers that large reads go to, each used again and again, and the one for all small reads. */
export interface ReadBuffers {
  readonly scratch: Buffer
  readonly borrowed: ReadMemory
  /** @param huge for a connection that has more than fits in an ordinary one; there are only so many */
  take(huge: boolean): Buffer
  /** Memory of a buffer that was taken. */
  lend(buffer: Buffer): ReadMemory
}

/** As large as what Node reads at once. */
const BYTES = 65_536
/** A quarter of the reads and writes for the same body; more no longer stays in a processor's cache. */
const HUGE_BYTES = 4 * BYTES
/** Buffers that wait for a read; more are left to the garbage collector. */
const MOST_SPARE = 64
/** In use at once: clients that are slow to take what is in them hold 8 MiB. */
const MOST_HUGE = 32
const MOST_SPARE_HUGE = 8

/**
 * Buffers made for each read would have the garbage collector run all the time: what lies outside its
 * heap counts for it, too.
 */
export function createReadBuffers(): ReadBuffers {
  const spare: Buffer[] = []
  const spareHuge: Buffer[] = []
  let huge = 0
  // Of those that nobody gives back.
  const lost = new FinalizationRegistry(() => huge--)

  function takeHuge(): Buffer {
    huge++
    const buffer = spareHuge.pop() ?? Buffer.allocUnsafeSlow(HUGE_BYTES)
    lost.register(buffer, undefined, buffer)
    return buffer
  }

  function giveBack(buffer: Buffer): void {
    if (buffer.length === BYTES) {
      if (spare.length < MOST_SPARE) spare.push(buffer)
      return
    }
    huge--
    lost.unregister(buffer)
    if (spareHuge.length < MOST_SPARE_HUGE) spareHuge.push(buffer)
  }

  return {
    scratch: Buffer.allocUnsafeSlow(BYTES),
    borrowed: BORROWED,
    take(isHuge) {
      if (isHuge && huge < MOST_HUGE) return takeHuge()
      return spare.pop() ?? Buffer.allocUnsafeSlow(BYTES)
    },
    lend(buffer) {
      let isOut = true
      return {
        borrowed: false,
        free() {
          if (isOut) giveBack(buffer)
          isOut = false
        }
      }
    }
  }
}

/** The bytes themselves if they may be kept, else a copy. */
export function kept(chunk: Buffer, { borrowed }: ReadMemory): Buffer {
  return borrowed ? Buffer.from(chunk) : chunk
}
