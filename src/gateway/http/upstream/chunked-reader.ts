import { VALUE } from '../grammar.ts'
import { parseFields } from './answer-head.ts'
import { BlockCollector, BROKEN, INCOMPLETE } from './block-collector.ts'

/** Bounds of a chunked body. */
export interface ChunkedLimits {
  readonly maxTrailerBytes: number
  readonly maxFields: number
}

/** Extensions of one chunk, bytes; without a bound they are a denial of service (CVE-2024-22019). */
const MAX_EXTENSION_BYTES = 4096
const MAX_SIZE_DIGITS = 8
const CR = 13
const LF = 10
const SEMICOLON = 59

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done'

/**
 * Reads the chunked coding, RFC 9112 §7.1: sizes of 1 to 8 hexadecimal digits, extensions bounded
 * and ignored, CRLF exactly where it belongs, trailers held to the grammar of fields.
 */
export class ChunkedReader {
  /** What is wrong; set when `read` gave -1. */
  fault = ''
  /** Flat; set when `done`. */
  trailers: string[] = []
  readonly #collector: BlockCollector
  readonly #maxFields: number
  #state: State = 'size'
  #size = 0
  #digits = 0
  #extensionBytes = 0

  constructor(limits: ChunkedLimits) {
    this.#collector = new BlockCollector(limits.maxTrailerBytes)
    this.#maxFields = limits.maxFields
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  reset(): void {
    this.#state = 'size'
    this.#size = this.#digits = this.#extensionBytes = 0
    this.trailers = []
    this.#collector.reset()
  }

  /**
   * Reads on from `at` until data begins, the body ends, or the chunk is used up. When data begins,
   * `available` of it lie at the index returned; the caller takes them with `consume`.
   *
   * @returns the index reached, or -1 when the coding is broken
   */
  read(chunk: Buffer, at: number): number {
    let i = at
    while (i < chunk.length && this.#state !== 'data' && this.#state !== 'done') {
      i =
        this.#state === 'trailers' ? this.#readTrailers(chunk, i) : this.#readByte(chunk[i] ?? 0, i)
      if (i === -1) return -1
    }
    return i
  }

  /** Bytes of data that come next; 0 while none are due. */
  get available(): number {
    return this.#state === 'data' ? this.#size : 0
  }

  consume(bytes: number): void {
    this.#size -= bytes
    if (this.#size === 0) this.#state = 'data-cr'
  }

  #readByte(byte: number, at: number): number {
    switch (this.#state) {
      case 'size':
        return this.#readSize(byte, at)
      case 'extension':
        return this.#readExtension(byte, at)
      case 'size-lf':
        if (byte !== LF) return this.#broken('bad end of a chunk size')
        this.#state = this.#size === 0 ? 'trailers' : 'data'
        this.#digits = this.#extensionBytes = 0
        return at + 1
      case 'data-cr':
        if (byte !== CR) return this.#broken('chunk longer than its size')
        this.#state = 'data-lf'
        return at + 1
      default:
        if (byte !== LF) return this.#broken('bad end of a chunk')
        this.#state = 'size'
        return at + 1
    }
  }

  #readSize(byte: number, at: number): number {
    const digit = hexadecimal(byte)
    if (digit !== -1) {
      if (++this.#digits > MAX_SIZE_DIGITS) return this.#broken('chunk size too large')
      this.#size = this.#size * 16 + digit
      return at + 1
    }
    if (this.#digits === 0) return this.#broken('bad chunk size')
    if (byte === CR) this.#state = 'size-lf'
    else if (byte === SEMICOLON) this.#state = 'extension'
    else return this.#broken('bad chunk size')
    return at + 1
  }

  #readExtension(byte: number, at: number): number {
    if (byte === CR) {
      this.#state = 'size-lf'
      return at + 1
    }
    if (VALUE[byte] !== 1) return this.#broken('bad chunk extension')
    if (++this.#extensionBytes > MAX_EXTENSION_BYTES)
      return this.#broken('chunk extensions too large')
    return at + 1
  }

  #readTrailers(chunk: Buffer, at: number): number {
    const end = this.#collector.take(chunk, at)
    if (end === INCOMPLETE) return chunk.length
    if (end === BROKEN) return this.#broken('bad or oversized trailers')
    const fault = parseFields(this.#collector.text, 0, this.#maxFields, this.trailers)
    if (fault !== undefined) return this.#broken(fault)
    this.#state = 'done'
    return end
  }

  #broken(fault: string): number {
    this.fault = fault
    return -1
  }
}

function hexadecimal(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 0x20
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
