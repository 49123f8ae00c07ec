import type { RoutingFields } from '../../../gateway/http/hygiene.ts'
import type { Forward } from '../../../gateway/http/upstream/forward-contract.ts'

/** Where a body comes from. */
export interface BodySource {
  /** It may go on. */
  readOn(): void
}

/**
 * The body of a request on its way from a client's connection to a task: held while nobody is there
 * to take it, thrown away when nobody will.
 */
export class RequestBody {
  /** Bytes that came. */
  bytes = 0
  /** All of it came. */
  read: boolean
  /** The task takes no more for now. */
  held = false
  readonly #client: BodySource
  #forward: Forward | undefined
  #early: Buffer[] | undefined
  #trailers: readonly string[] | undefined

  constructor({ contentLength, transferEncoding }: RoutingFields, client: BodySource) {
    this.read = transferEncoding === undefined && (contentLength ?? '0') === '0'
    this.#client = client
  }

  /** From here on it goes there. */
  sendTo(forward: Forward): void {
    this.#forward = forward
    let more = true
    for (const chunk of this.#early ?? []) more = forward.write(chunk) && more
    if (this.read) forward.end(this.#trailers)
    if (this.#early === undefined) return
    this.#early = undefined
    if (more) this.drained()
    else this.held = true
  }

  /** @returns false: the connection waits until it is told to read on */
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length
    if (this.#forward === undefined) {
      this.#early ??= []
      this.#early.push(chunk)
      return false
    }
    const more = this.#forward.write(chunk)
    if (!more) this.held = true
    return more
  }

  end(trailers?: readonly string[]): void {
    this.read = true
    this.#trailers = trailers
    this.#forward?.end(trailers)
  }

  drained(): void {
    this.held = false
    this.#client.readOn()
  }
}
