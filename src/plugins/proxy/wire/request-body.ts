import type { CleanHead, RoutingFields } from '../../../gateway/http/hygiene.ts'
import { KeptBytes } from '../../../gateway/http/kept-bytes.ts'
import type { Forward } from '../../../gateway/http/upstream/forward-contract.ts'
import { type BodyPace, type BodyRules, gatheredBytes, paceOf } from '../body-pace.ts'

/** Where a body comes from. */
export interface BodySource {
  /** It may go on. */
  readOn(): void
}

/** Begins to carry a request to a task; undefined: that failed, and is answered. */
export type Start = () => Forward | undefined

/**
 * The body of a request on its way from a client's connection to a task: held while nobody is there
 * to take it, thrown away when nobody will. A small one is read as a whole before a task is asked, of
 * a larger one the first bytes.
 */
export class RequestBody {
  /** Bytes that came. */
  bytes = 0
  /** All of it came. */
  read: boolean
  /** The task takes no more for now. */
  held = false
  readonly #client: BodySource
  #pace: BodyPace | undefined
  #start: Start | undefined
  #forward: Forward | undefined
  #early: KeptBytes | undefined
  /** So much is to come before a task is asked. */
  #wanted = 0
  #isThrownAway = false
  #trailers: readonly string[] | undefined

  constructor({ contentLength, transferEncoding }: RoutingFields, client: BodySource) {
    this.read = transferEncoding === undefined && (contentLength ?? '0') === '0'
    this.#client = client
  }

  /** From here on it goes to a task, at once or when enough of it is here. */
  carry(start: Start, clean: CleanHead, rules: BodyRules, idleMs: number): void {
    if (this.read) {
      this.#begin(start)
      return
    }
    this.#pace = paceOf(clean, rules, idleMs)
    this.#wanted = gatheredBytes(clean, rules)
    if (this.bytes >= this.#wanted) {
      this.#begin(start)
      return
    }
    this.#start = start
    if (this.#early !== undefined) this.#client.readOn()
  }

  /** Ms in which more has to come; undefined while it is not the client that is waited for. */
  leftMs(nowMs: number): number | undefined {
    return this.held || this.read ? undefined : this.#pace?.left(this.bytes, nowMs)
  }

  /** @returns false: the connection waits until it is told to read on */
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length
    if (this.#isThrownAway) return true
    if (this.#forward === undefined) return this.#keep(chunk)
    const more = this.#forward.write(chunk)
    if (!more) this.held = true
    return more
  }

  end(trailers?: readonly string[]): void {
    this.read = true
    this.#trailers = trailers
    if (this.#start === undefined) this.#forward?.end(trailers)
    else this.#begin(this.#start)
  }

  /** Nobody will take it. */
  throwAway(): void {
    this.#isThrownAway = true
    this.#start = undefined
    this.#early = undefined
    this.#pace = undefined
  }

  drained(nowMs: number): void {
    this.held = false
    this.#pace?.restart(nowMs)
    this.#client.readOn()
  }

  /** Begins once enough is here. @returns whether more may come */
  #keep(chunk: Buffer): boolean {
    this.#early ??= new KeptBytes()
    this.#early.add(chunk)
    const start = this.#start
    if (start === undefined) return false
    if (this.bytes >= this.#wanted) this.#begin(start)
    return !this.held
  }

  #begin(start: Start): void {
    this.#start = undefined
    const forward = start()
    if (forward === undefined) {
      this.throwAway()
      return
    }
    this.#forward = forward
    const early = this.#early
    this.#early = undefined
    let more = true
    for (const chunk of early?.pieces ?? []) more = forward.write(chunk) && more
    if (this.read) forward.end(this.#trailers)
    if (early === undefined) return
    if (more) this.#client.readOn()
    else this.held = true
  }
}
