import type { RoutingFields } from '../../../gateway/http/hygiene.ts'
import { forwardedLines, type OutgoingMemory } from '../outgoing.ts'

/** The fields of a request head, read. */
export interface FieldBlock {
  readonly rawHeaders: readonly string[]
  readonly fields: RoutingFields
  /** `Connection: close`: the client sends nothing after this request. */
  readonly close: boolean
  /** What becomes of them on the way to a task. */
  readonly outgoing: OutgoingMemory
}

/** Longer ones are read each time, bytes: an idle connection keeps no more than that. */
const MOST_BYTES = 2048

/**
 * The last fields of one connection. Who asks again mostly sends the same: they are compared then, not
 * read, and go on as they went on before.
 */
export class FieldMemory {
  #lines = ''
  #block: FieldBlock | undefined

  /** @param at where the fields begin @returns undefined when they are others than the last ones */
  recall(head: string, at: number): FieldBlock | undefined {
    const isSame = head.length - at === this.#lines.length && head.endsWith(this.#lines)
    if (!isSame || this.#block === undefined) return undefined
    const { outgoing } = this.#block
    if (outgoing.lines === undefined && outgoing.headers !== undefined) {
      outgoing.lines = forwardedLines(outgoing.headers)
    }
    return this.#block
  }

  keep(head: string, at: number, block: FieldBlock): void {
    if (head.length - at > MOST_BYTES) return
    this.#lines = head.slice(at)
    this.#block = block
  }
}
