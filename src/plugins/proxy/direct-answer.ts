import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ReadMemory } from '../../gateway/http/read-memory.ts'
import type { Answer } from './answer.ts'
import type { AnswerFacts } from './answer-fields.ts'
import { closeAfter, isUnread } from './closing.ts'
import { type AnswerOwner, type AnswerTexts, AnswerWriter } from './wire/answer-writer.ts'
import { ClientWriter } from './wire/client-writer.ts'

/** What of an answer Node's types don't know: by it Node is told that its head is out. */
interface Headed {
  _header: string | null
  _headerSent: boolean
  _last: boolean
}

/** What of a request they don't know: somebody reads it, or has. */
interface Consumed {
  _consuming: boolean
}

/**
 * Whether an answer may be written past Node: on a connection whose turn it is, in HTTP/1.1, and as
 * long as Node keeps its state where it does.
 */
export function mayBeDirect(req: IncomingMessage, res: ServerResponse): boolean {
  const { _header, _headerSent, _last } = res as ServerResponse & Headed
  const isKnown = _header === null && _headerSent === false && _last === false
  return isKnown && res.socket !== null && req.httpVersion === '1.1'
}

export interface DirectTools {
  readonly texts: AnswerTexts
  /** The request has a body, be it an empty one. */
  readonly hasBody: boolean
  /** The client takes more. */
  onDrain(): void
}

/**
 * Straight to the client's connection, as the wire lane writes it: head and first bytes leave together,
 * in one write. Node would check each field again and write every piece by itself; it is told
 * that the head is out, and ends the answer as any other.
 */
export class DirectAnswer implements Answer, AnswerOwner {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse & Headed
  readonly #socket: Socket
  readonly #writer: AnswerWriter
  readonly #tools: DirectTools
  #isHeld = false

  constructor(req: IncomingMessage, res: ServerResponse, tools: DirectTools) {
    this.#req = req
    this.#res = res as ServerResponse & Headed
    this.#socket = req.socket
    this.#writer = new AnswerWriter(this, new ClientWriter(req.socket), tools.texts, true)
    this.#tools = tools
  }

  head(facts: AnswerFacts, reason: string, fields: string[]): void {
    const res = this.#res
    const closes = !res.shouldKeepAlive
    res.statusCode = facts.status
    res._header = WRITTEN
    res._headerSent = true
    res._last = closes
    this.#writer.head(facts, reason, fields, closes)
  }

  data(chunk: Buffer, memory: ReadMemory): boolean {
    const more = this.#writer.data(chunk, memory)
    if (!more && !this.#isHeld) {
      this.#isHeld = true
      this.#socket.once('drain', () => this.#drained())
    }
    return more
  }

  flush(): void {
    this.#writer.flush()
  }

  end(trailers: string[]): void {
    // Node would read through nothing, in four turns of its queue.
    if (!this.#tools.hasBody) (this.#req as IncomingMessage & Consumed)._consuming = true
    // The task answered before it had read all: the client may be sending for long yet.
    else if (isUnread(this.#req)) {
      closeAfter(this.#req, this.#res)
      this.#req.resume()
    }
    this.#writer.end(trailers)
  }

  cut(): void {
    this.#writer.flush()
    this.#res.destroy()
  }

  /** Node sees to it that the answer is over when the client has taken it. */
  onWaiting(): void {
    this.#res.end()
  }

  onAnswered(): void {
    if (!this.#res.writableEnded) this.#res.end()
  }

  #drained(): void {
    this.#isHeld = false
    this.#tools.onDrain()
  }
}

/** Node asks only whether there is one. */
const WRITTEN = 'HTTP/1.1'
