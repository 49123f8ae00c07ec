import { kept, OWN_MEMORY, type ReadMemory } from '../../../gateway/http/read-memory.ts'
import { forwardedTrailers } from '../../../gateway/http/trailers.ts'
import { ChunkedReader } from '../../../gateway/http/upstream/chunked-reader.ts'
import { FieldMemory } from './field-memory.ts'
import type { RequestBody } from './request-body.ts'
import { mayBecomePlain, type PlainHead, parsePlainHead } from './request-head.ts'

/** What a reader finds in the bytes of a client. */
export interface RequestSink {
  /** @returns where the body goes; undefined: the request is not for this lane, and stays unread */
  onHead(head: PlainHead): RequestBody | undefined
  /** The body came to its end. */
  onWhole(): void
  /** The body takes no more for now; a piece that is here already still goes to it. */
  onHeld(): void
  /** What follows is no plain request, and stays unread; its head is `text`, or begins so. */
  onOther(text: string): void
  /** The chunked coding is broken. */
  onBadBody(fault: string): void
}

export interface ReaderLimits {
  readonly maxHeadBytes: number
  readonly maxFields: number
}

const BLANK_LINE = Buffer.from('\r\n\r\n')
const BLANK_BYTES = BLANK_LINE.length
/** A head in more pieces than that is not plain: each piece costs a look at all before it. */
const MOST_PIECES = 16

/**
 * Finds the requests in the bytes of one connection, in whatever pieces they arrive. Keeps no more
 * than a head, and never throws of itself.
 */
export class RequestReader {
  readonly #sink: RequestSink
  readonly #limits: ReaderLimits
  readonly #fields = new FieldMemory()
  /** The beginning of a head, or all that came while nothing may be read. */
  #held: Buffer | undefined
  #pieces = 0
  #body: RequestBody | undefined
  /** Bytes of a body of known length that are still to come. */
  #left = 0
  #chunked: ChunkedReader | undefined
  #isChunked = false
  #stopped = false
  /** Bytes follow the head that is looked at. */
  #isFollowed = false
  #memory = OWN_MEMORY

  constructor(sink: RequestSink, limits: ReaderLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** The beginning of a head is here, not its end. */
  get amidHead(): boolean {
    return this.#held !== undefined && !this.#stopped
  }

  /** Something came behind the last request. */
  get hasMore(): boolean {
    return this.#held !== undefined || this.#isFollowed
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Reads nothing from here on, until `goOn`; what comes is kept. */
  stop(): void {
    this.#stopped = true
  }

  /** Reads on behind a stop. */
  goOn(): void {
    this.#stopped = false
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.read(held, OWN_MEMORY)
  }

  /** What came and was not read. */
  takeUnread(): Buffer {
    const held = this.#held ?? NOTHING
    this.#held = undefined
    return held
  }

  read(piece: Buffer, memory: ReadMemory): void {
    this.#memory = this.#held === undefined ? memory : OWN_MEMORY
    const chunk = this.#held === undefined ? piece : Buffer.concat([this.#held, piece])
    this.#held = undefined
    let at = 0
    while (at < chunk.length) {
      if (this.#stopped) {
        this.#hold(chunk, at)
        return
      }
      if (this.#body === undefined) at = this.#readHead(chunk, at)
      else if (this.#isChunked) at = this.#readChunked(this.#body, chunk, at)
      else at = this.#readPlain(this.#body, chunk, at)
    }
  }

  #readHead(chunk: Buffer, at: number): number {
    const { maxHeadBytes, maxFields } = this.#limits
    const blank = chunk.indexOf(BLANK_LINE, at)
    const end = blank === -1 ? chunk.length : blank + BLANK_BYTES
    if (end - at > maxHeadBytes) return this.#other('', at)
    if (blank === -1) return this.#readPart(chunk, at)
    const text = chunk.toString('latin1', at, blank + 2)
    const head = parsePlainHead(text, maxFields, this.#fields)
    if (head === undefined) return this.#other(text, at)
    this.#pieces = 0
    this.#isFollowed = end < chunk.length
    const isTaken = this.#begin(head)
    this.#isFollowed = false
    return isTaken ? end : at
  }

  #readPart(chunk: Buffer, at: number): number {
    const text = chunk.toString('latin1', at)
    const isHopeful = ++this.#pieces <= MOST_PIECES
    if (!isHopeful || !mayBecomePlain(text, this.#limits.maxFields)) return this.#other(text, at)
    this.#hold(chunk, at)
    return chunk.length
  }

  /** False: the head stays unread. */
  #begin(head: PlainHead): boolean {
    const body = this.#sink.onHead(head)
    if (body === undefined) {
      this.#stopped = true
      return false
    }
    if (body.read) {
      this.#sink.onWhole()
      return true
    }
    this.#body = body
    this.#isChunked = head.fields.transferEncoding !== undefined
    if (!this.#isChunked) {
      this.#left = Number(head.fields.contentLength)
      return true
    }
    const { maxHeadBytes: maxTrailerBytes, maxFields } = this.#limits
    this.#chunked ??= new ChunkedReader({ maxTrailerBytes, maxFields })
    this.#chunked.reset()
    return true
  }

  #readPlain(body: RequestBody, chunk: Buffer, at: number): number {
    const size = Math.min(chunk.length - at, this.#left)
    const piece = this.#piece(chunk, at, at + size)
    this.#left -= size
    if (!body.write(piece)) this.#sink.onHeld()
    if (this.#left === 0) this.#whole(body)
    return at + size
  }

  #readChunked(body: RequestBody, chunk: Buffer, at: number): number {
    const reader = this.#chunked
    if (reader === undefined) return chunk.length
    const from = reader.read(chunk, at)
    if (from === -1) {
      this.#body = undefined
      this.#sink.onBadBody(reader.fault)
      return chunk.length
    }
    if (reader.done) {
      this.#whole(body, forwardedTrailers(reader.trailers))
      return from
    }
    const size = Math.min(chunk.length - from, reader.available)
    if (size > 0) {
      reader.consume(size)
      if (!body.write(this.#piece(chunk, from, from + size))) this.#sink.onHeld()
    }
    return from + size
  }

  /** A part that its receiver may keep. */
  #piece(chunk: Buffer, from: number, to: number): Buffer {
    const piece = from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to)
    return kept(piece, this.#memory)
  }

  #hold(chunk: Buffer, at: number): void {
    this.#held = this.#piece(chunk, at, chunk.length)
  }

  #whole(body: RequestBody, trailers?: readonly string[]): void {
    this.#body = undefined
    body.end(trailers)
    this.#sink.onWhole()
  }

  /** Leaves everything from here on unread. */
  #other(text: string, at: number): number {
    this.#stopped = true
    this.#sink.onOther(text)
    return at
  }
}

const NOTHING = Buffer.alloc(0)
