import { type AnswerFraming, framingOf } from './answer-framing.ts'
import { type AnswerHead, parseAnswerHead } from './answer-head.ts'
import { BlockCollector, BROKEN, INCOMPLETE } from './block-collector.ts'
import { ChunkedReader } from './chunked-reader.ts'

export interface AnswerLimits {
  /** Bytes of one head, its empty line included. */
  readonly maxHeadBytes: number
  readonly maxTrailerBytes: number
  /** Fields of one head, and of the trailers. */
  readonly maxFields: number
  /** 1xx answers before the final one. */
  readonly maxInformational: number
}

/** What a parser tells. It may be stopped within each call. */
export interface AnswerSink {
  onInformational(head: AnswerHead): void
  onAnswerHead(head: AnswerHead, framing: AnswerFraming): void
  onBody(chunk: Buffer): void
  /** The answer is complete; `extra`: bytes follow that belong to nothing. */
  onComplete(trailers: string[], extra: boolean): void
  /** A verbatim 101; `rest` follows it on the wire. */
  onSwitch(head: AnswerHead, rest: Buffer): void
  /** The task broke the grammar; nothing more is told. */
  onBadAnswer(fault: string): void
}

type State = 'idle' | 'head' | 'length' | 'chunked' | 'close'

const PREFIX = Buffer.from('HTTP/1.')

/**
 * Reads the answers on one connection, one at a time, in whatever pieces they arrive. Body bytes are
 * slices of what was read. Never throws of itself, never keeps more than a head.
 */
export class AnswerParser {
  readonly #sink: AnswerSink
  readonly #limits: AnswerLimits
  readonly #collector: BlockCollector
  #chunked: ChunkedReader | undefined
  #state: State = 'idle'
  #method = ''
  #upgrade = false
  #informational = 0
  #remaining = 0
  /** Bytes of the answer's current head seen so far, up to the length of the prefix. */
  #seen = 0

  constructor(sink: AnswerSink, limits: AnswerLimits) {
    this.#sink = sink
    this.#limits = limits
    this.#collector = new BlockCollector(limits.maxHeadBytes)
  }

  /** Expects the answer to a request of this method next. */
  start(method: string, upgrade: boolean): void {
    this.#method = method
    this.#upgrade = upgrade
    this.#informational = 0
    this.#seen = 0
    this.#collector.reset()
    this.#state = 'head'
  }

  /** Tells nothing more. */
  stop(): void {
    this.#state = 'idle'
  }

  read(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#state !== 'idle') {
      if (this.#state === 'head') at = this.#readHead(chunk, at)
      else if (this.#state === 'chunked') at = this.#readChunked(chunk, at)
      else at = this.#readPlain(chunk, at)
    }
  }

  /** The peer sent FIN. True when that was the end of a body that lasts until close. */
  end(): boolean {
    if (this.#state !== 'close') return false
    this.#complete([], false)
    return true
  }

  #readHead(chunk: Buffer, at: number): number {
    if (!this.#beginsWell(chunk, at)) return this.#bad('not an HTTP/1 status line', chunk)
    const end = this.#collector.take(chunk, at)
    if (end === INCOMPLETE) return chunk.length
    if (end === BROKEN) return this.#bad('bad or oversized head', chunk)
    const head = parseAnswerHead(this.#collector.text, this.#limits.maxFields)
    if (typeof head === 'string') return this.#bad(head, chunk)
    const framing = framingOf(head, this.#method)
    if (typeof framing === 'string') return this.#bad(framing, chunk)
    this.#seen = 0
    if (head.status === 101) return this.#switch(head, framing, chunk, end)
    if (head.status < 200) return this.#inform(head, chunk, end)
    this.#beginBody(head, framing, end < chunk.length)
    return end
  }

  /** Sees at the first wrong byte what will never be a status line, whether or not a line ends. */
  #beginsWell(chunk: Buffer, at: number): boolean {
    for (let i = at; this.#seen < PREFIX.length && i < chunk.length; i++, this.#seen++) {
      if (chunk[i] !== PREFIX[this.#seen]) return false
    }
    return true
  }

  #inform(head: AnswerHead, chunk: Buffer, end: number): number {
    if (++this.#informational > this.#limits.maxInformational) {
      return this.#bad('too many informational answers', chunk)
    }
    this.#sink.onInformational(head)
    return end
  }

  #switch(head: AnswerHead, framing: AnswerFraming, chunk: Buffer, end: number): number {
    if (!this.#upgrade || !framing.websocket) return this.#bad('unasked switch of protocols', chunk)
    this.#state = 'idle'
    this.#sink.onSwitch(head, chunk.subarray(end))
    return chunk.length
  }

  #beginBody(head: AnswerHead, framing: AnswerFraming, more: boolean): void {
    this.#remaining = framing.length
    const empty = framing.length === 0
    if (framing.body === 'chunked') this.#expectChunks()
    else if (!empty) this.#state = framing.body === 'close' ? 'close' : 'length'
    this.#sink.onAnswerHead(head, framing)
    if (empty && this.#state !== 'idle') this.#complete([], more)
  }

  #expectChunks(): void {
    this.#state = 'chunked'
    this.#chunked ??= new ChunkedReader(this.#limits)
    this.#chunked.reset()
  }

  #readPlain(chunk: Buffer, at: number): number {
    const left = chunk.length - at
    const size = this.#state === 'close' ? left : Math.min(left, this.#remaining)
    this.#sink.onBody(size === chunk.length ? chunk : chunk.subarray(at, at + size))
    if (this.#state === 'length') {
      this.#remaining -= size
      if (this.#remaining === 0) this.#complete([], at + size < chunk.length)
    }
    return at + size
  }

  #readChunked(chunk: Buffer, at: number): number {
    const reader = this.#chunked
    if (reader === undefined) return chunk.length
    const from = reader.read(chunk, at)
    if (from === -1) return this.#bad(reader.fault, chunk)
    if (reader.done) {
      this.#complete(reader.trailers, from < chunk.length)
      return from
    }
    const size = Math.min(chunk.length - from, reader.available)
    if (size > 0) {
      reader.consume(size)
      this.#sink.onBody(chunk.subarray(from, from + size))
    }
    return from + size
  }

  #complete(trailers: string[], extra: boolean): void {
    this.#state = 'idle'
    this.#sink.onComplete(trailers, extra)
  }

  #bad(fault: string, chunk: Buffer): number {
    this.#state = 'idle'
    this.#collector.reset()
    this.#sink.onBadAnswer(fault)
    return chunk.length
  }
}
