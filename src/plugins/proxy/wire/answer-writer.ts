import type { ReadMemory } from '../../../gateway/http/read-memory.ts'
import { type AnswerFacts, isBodiless } from '../answer-fields.ts'
import { fieldLines, hasDate, statusLine } from '../answer-text.ts'
import { type AnswerBytes, type ClientWriter, HeldAnswer } from './client-writer.ts'

/** The lines of a head that concern the connection, and the date. */
export interface AnswerTexts {
  readonly keep: string
  readonly close: string
  date(): string
}

/** Whose answer it is. */
export interface AnswerOwner {
  /** The end was said, and waits for the client. */
  onWaiting(): void
  /** All was taken by the operating system; or the answer can't be completed. */
  onAnswered(whole: boolean): void
}

/**
 * Writes one answer: at once when it is its turn, else as soon as the answers before it are out. What
 * frames the body stands as Node's server would write it.
 */
export class AnswerWriter {
  /** Bytes of the body so far. */
  bytes = 0
  readonly #writer: ClientWriter
  readonly #texts: AnswerTexts
  readonly #owner: AnswerOwner
  #held: HeldAnswer | undefined
  #chunked = false
  #state: 'open' | 'ended' | 'cut' = 'open'

  constructor(owner: AnswerOwner, writer: ClientWriter, texts: AnswerTexts, inTurn: boolean) {
    this.#owner = owner
    this.#writer = writer
    this.#texts = texts
    this.#held = inTurn ? undefined : new HeldAnswer()
  }

  /** All of it was said, though the client may not have taken it. */
  get ended(): boolean {
    return this.#state === 'ended'
  }

  get inTurn(): boolean {
    return this.#held === undefined
  }

  /** A pipelined answer has to wait for its turn; RFC 9110 §15.2 lets a proxy drop a 1xx then. */
  informational(status: number, reason: string, headers: readonly string[]): void {
    if (!this.inTurn) return
    this.#writer.text(`${statusLine(status, reason)}${fieldLines(headers)}\r\n`)
    this.#writer.flush()
  }

  /**
   * @param fields flat; without what concerns the connection
   * @param close the connection closes behind it
   */
  head(facts: AnswerFacts, reason: string, fields: readonly string[], close: boolean): void {
    const { method, status, length, contentLength } = facts
    this.#chunked = length < 0 && contentLength === undefined && !isBodiless(method, status)
    this.#say(this.#headText(statusLine(status, reason), fields, close))
  }

  /** An answer that no task gave, as a whole. */
  own(status: number, fields: readonly string[], body: string, close: boolean): void {
    this.#say(this.#headText(statusLine(status, undefined), fields, close) + body)
    this.end([])
  }

  /** False: wait for the client, or for the turn. */
  data(chunk: Buffer, memory: ReadMemory): boolean {
    const to: AnswerBytes = this.#held ?? this.#writer
    this.bytes += chunk.length
    if (this.#chunked) to.text(`${chunk.length.toString(16)}\r\n`)
    to.bytes(chunk, memory)
    if (this.#chunked) to.text('\r\n')
    if (!this.inTurn) return false
    return this.#writer.flowing
  }

  /** Nothing more is here for now: what was gathered leaves. */
  flush(): void {
    if (this.inTurn) this.#writer.flush()
  }

  end(trailers: readonly string[]): void {
    if (this.#chunked) this.#say(`0\r\n${fieldLines(trailers)}\r\n`)
    this.#state = 'ended'
    if (this.inTurn) this.#close()
  }

  /** The answer can't be completed: the client must see that, never a clean end. */
  cut(): void {
    this.#state = 'cut'
    if (this.inTurn) this.#close()
  }

  /** The answers before it are out. */
  takeTurn(): void {
    const held = this.#held
    this.#held = undefined
    held?.release(this.#writer)
    if (this.#state === 'open') this.#writer.flush()
    else this.#close()
  }

  #headText(line: string, fields: readonly string[], close: boolean): string {
    const { keep, close: closing, date } = this.#texts
    const coding = this.#chunked ? 'Transfer-Encoding: chunked\r\n' : ''
    const when = hasDate(fields) ? '' : date()
    return `${line}${fieldLines(fields)}${when}${close ? closing : keep}${coding}\r\n`
  }

  #say(text: string): void {
    if (this.#held === undefined) this.#writer.text(text)
    else this.#held.text(text)
  }

  #close(): void {
    this.#writer.flush()
    if (this.#state === 'cut') this.#owner.onAnswered(false)
    else if (this.#writer.empty) this.#owner.onAnswered(true)
    else {
      this.#owner.onWaiting()
      this.#writer.whenTaken(() => this.#owner.onAnswered(true))
    }
  }
}
