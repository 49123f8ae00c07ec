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
  take(): Buffer
  /** Memory of a buffer that was taken. */
  lend(buffer: Buffer): ReadMemory
}

/** As large as what Node reads at once. */
const BYTES = 65_536
/** Buffers that wait for a read; more are left to the garbage collector. */
const MOST_SPARE = 64

/**
 * Buffers made for each read would have the garbage collector run all the time: what lies outside its
 * heap counts for it, too.
 */
export function createReadBuffers(): ReadBuffers {
  const spare: Buffer[] = []
  return {
    scratch: Buffer.allocUnsafeSlow(BYTES),
    borrowed: BORROWED,
    take: () => spare.pop() ?? Buffer.allocUnsafeSlow(BYTES),
    lend(buffer) {
      let isOut = true
      return {
        borrowed: false,
        free() {
          if (isOut && spare.length < MOST_SPARE) spare.push(buffer)
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
