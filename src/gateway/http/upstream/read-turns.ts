import { createInTurns } from '../in-turns.ts'

/** Who reads, and can stop and go on. */
export interface Reading {
  /** It has its turn again. */
  readOn(): void
}

/** Turns of the event loop, for those that have much to read. */
export interface ReadTurns {
  /** The one that is on. */
  current(): number
  /** Has had enough of this turn, and is told when to go on. */
  rest(reading: Reading): void
}

/** Of one connection in one turn: some 0.4 ms of reading and writing. Half of it costs large answers up to a third. */
const MOST_BYTES = 512 * 1024
/** Go on in the same turn. */
const MOST_READINGS = 2

/**
 * Of what has come, Node reads up to 32 buffers at once, megabytes that a task has written while nobody
 * looked: everyone else would wait for some milliseconds, and where several such answers begin together,
 * for all of them.
 */
export function createReadTurns(): ReadTurns {
  let turn = 0
  let isCounted = false
  const resting = createInTurns<Reading>(MOST_READINGS, (reading) => reading.readOn())

  function next(): void {
    isCounted = false
    turn++
  }

  return {
    current() {
      if (!isCounted) setImmediate(next)
      isCounted = true
      return turn
    },
    rest: (reading) => void setImmediate(resting.add, reading)
  }
}

/** Whether a task's socket is read: not while the client takes nothing, and only in its turn. */
export class TaskReading implements Reading {
  readonly #socket: { pause(): unknown; resume(): unknown }
  readonly #turns: ReadTurns
  #isHeld = false
  #rests = false
  #isOver = false
  #turn = -1
  /** Read in that turn. */
  #bytes = 0

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
    if (this.#rests) return
    const turn = this.#turns.current()
    this.#bytes = turn === this.#turn ? this.#bytes + bytes : bytes
    this.#turn = turn
    if (this.#bytes < MOST_BYTES) return
    this.#rests = true
    this.#turns.rest(this)
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
