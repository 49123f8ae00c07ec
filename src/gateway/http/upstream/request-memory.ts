import { KeptBytes } from '../kept-bytes.ts'
import type { Exchange } from './exchange.ts'

/** The body of a request as far as it went, kept for another attempt within a bound. */
export class RequestMemory {
  readonly #maxBytes: number
  #kept: KeptBytes | undefined
  #bytes = 0
  #ended = false
  #trailers: readonly string[] | undefined
  #complete = true

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** All that was written is still here. */
  get replayable(): boolean {
    return this.#complete
  }

  /** Of a body that is announced like this. */
  mostBytes(body: number | string): number {
    return typeof body === 'number' ? Math.min(body, this.#maxBytes) : this.#maxBytes
  }

  keep(chunk: Buffer): void {
    if (!this.#complete) return
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) {
      this.forget()
      return
    }
    this.#kept ??= new KeptBytes()
    this.#kept.add(chunk)
  }

  keepEnd(trailers: readonly string[] | undefined): void {
    this.#ended = true
    this.#trailers = trailers
  }

  /** No further attempt can come. */
  forget(): void {
    this.#complete = false
    this.#kept = undefined
  }

  /** Says again what was said before. @returns false when `onDrain` will follow */
  replay(exchange: Exchange): boolean {
    let more = true
    for (const chunk of this.#kept?.pieces ?? []) more = exchange.write(chunk) && more
    if (this.#ended) exchange.end(this.#trailers)
    return more
  }
}
