import type { Socket } from 'node:net'
import { kept, OWN_MEMORY, type ReadMemory } from '../../../gateway/http/read-memory.ts'

/** Where the bytes of an answer go. */
export interface AnswerBytes {
  text(text: string): void
  bytes(chunk: Buffer, memory: ReadMemory): void
}

/** Up to this size bytes travel as text: one write with their head, and no buffer. */
const AS_TEXT = 8192
/** A text up to this size is written from the stack by Node, without an allocation. */
const MOST_TEXT = 16_384
/** More than this waiting for the client is enough. */
const ENOUGH = 65_536
const NOTHING = Buffer.alloc(0)

/** Gathers what is said of one read into few writes to a client. */
export class ClientWriter implements AnswerBytes {
  readonly #socket: Socket
  #text = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** The client takes more; else the socket will say `drain`. */
  get flowing(): boolean {
    return this.#socket.writableLength < ENOUGH
  }

  /** Everything said was taken by the operating system. */
  get empty(): boolean {
    return this.#text === '' && this.#socket.writableLength === 0
  }

  text(text: string): void {
    this.#text += text
  }

  bytes(chunk: Buffer, memory: ReadMemory): void {
    if (chunk.length <= AS_TEXT) {
      if (this.#text.length + chunk.length > MOST_TEXT) this.flush()
      this.#text += chunk.toString('latin1')
      memory.free?.()
      return
    }
    const own = kept(chunk, memory)
    const { free } = memory
    if (this.#text === '') {
      this.#socket.write(own, free)
      return
    }
    this.#socket.cork()
    this.flush()
    this.#socket.write(own, free)
    this.#socket.uncork()
  }

  flush(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#socket.write(text, 'latin1')
  }

  /** Calls back when all that was said was taken by the operating system. */
  whenTaken(taken: () => void): void {
    this.#socket.write(NOTHING, (error) => {
      if (error === undefined || error === null) taken()
    })
  }
}

/** Holds an answer whose turn has not come. */
export class HeldAnswer implements AnswerBytes {
  readonly #said: (string | Buffer)[] = []

  text(text: string): void {
    this.#said.push(text)
  }

  bytes(chunk: Buffer, memory: ReadMemory): void {
    this.#said.push(kept(chunk, memory))
  }

  /** Says it all to somebody else. */
  release(to: AnswerBytes): void {
    for (const said of this.#said.splice(0)) {
      if (typeof said === 'string') to.text(said)
      else to.bytes(said, OWN_MEMORY)
    }
  }
}
