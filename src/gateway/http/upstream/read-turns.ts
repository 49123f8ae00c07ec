/** Who reads, and can stop and go on. */
export interface Reading {
  /** It has its turn again. */
  readOn(): void
}

/** Shares out what is read in one turn of the event loop among those that have much to read. */
export interface ReadTurns {
  /** So much was read. @returns false: it is to stop, and is told when to go on */
  take(bytes: number, reading: Reading): boolean
}

/** Some 0.3 ms of reading and writing. */
const MOST_BYTES = 512 * 1024
const MOST_READINGS = 4

/**
 * Of what has come, Node reads up to 32 buffers at once, megabytes that a task has written while nobody
 * looked: everyone else would wait for some milliseconds, and where several such answers begin together,
 * for all of them.
 */
export function createReadTurns(): ReadTurns {
  let left = MOST_BYTES
  let isDue = false
  const resting: Reading[] = []

  function awaitNext(): void {
    if (isDue) return
    isDue = true
    setImmediate(next)
  }

  function next(): void {
    isDue = false
    left = MOST_BYTES
    for (const reading of resting.splice(0, MOST_READINGS)) reading.readOn()
    if (resting.length > 0) awaitNext()
  }

  return {
    take(bytes, reading) {
      awaitNext()
      left -= bytes
      if (left > 0) return true
      resting.push(reading)
      return false
    }
  }
}

/** Whether a task's socket is read: not while the client takes nothing, and only in its turn. */
export class TaskReading implements Reading {
  readonly #socket: { pause(): unknown; resume(): unknown }
  readonly #turns: ReadTurns
  #isHeld = false
  #rests = false
  #isOver = false

  constructor(socket: { pause(): unknown; resume(): unknown }, turns: ReadTurns) {
    this.#socket = socket
    this.#turns = turns
  }

  /** The client takes nothing for now. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    this.#socket.pause()
  }

  /** @returns whether it was held */
  letGo(): boolean {
    if (!this.#isHeld) return false
    this.#isHeld = false
    if (!this.#rests) this.#socket.resume()
    return true
  }

  /** Much was read at once. */
  took(bytes: number): void {
    if (this.#rests || this.#turns.take(bytes, this)) return
    this.#rests = true
    this.#socket.pause()
  }

  readOn(): void {
    this.#rests = false
    if (!this.#isHeld && !this.#isOver) this.#socket.resume()
  }

  /** The socket is somebody else's from now on, or nobody's. */
  stop(): void {
    this.#isOver = true
  }
}
