import { Socket, type SocketConstructorOpts } from 'node:net'
import { type ByteTaker, directReading } from '../../../gateway/http/direct-reading.ts'
import { OWN_MEMORY, type ReadBuffers, type ReadMemory } from '../../../gateway/http/read-memory.ts'

/** What of a socket Node's types don't know. */
interface Handled {
  _handle?: object | null
}

/** Known to Node's own server, which makes sockets of accepted connections with it. */
interface WithHandle {
  readonly handle: object
}

export interface ClientSocketTools {
  readonly buffers: ReadBuffers
  /** Told of what a taker throws; the connection closes then. */
  noteFault(error: unknown, target: string): void
}

/**
 * Reads an accepted connection into a shared buffer. Node offers that for sockets that are made by
 * hand only: an accepted one costs 64 KiB of allocation with each read. So its connection moves to a
 * socket of our own, and the accepted one is given up at once: a second socket for each of ten thousand
 * connections is felt. Where Node keeps connections elsewhere one day, the accepted socket itself is read.
 *
 * @param accepted paused, and nothing was read
 * @returns the socket of the connection from now on
 */
export function openClientSocket(
  accepted: Socket,
  { buffers, noteFault }: ClientSocketTools,
  taker: ByteTaker
): Socket {
  const contained = new ContainedTaker(taker, noteFault)
  const socket = moved(accepted, directReading(buffers, contained)) ?? readAsIs(accepted, contained)
  contained.socket = socket
  return socket
}

/** No function is made in here: it would keep the accepted socket for as long as the connection lives. */
function moved(accepted: Socket, reading: SocketConstructorOpts): Socket | undefined {
  const handled = accepted as Socket & Handled
  const handle = handled._handle
  if (handle === undefined || handle === null) return undefined
  handled._handle = null
  accepted.destroy()
  const options: SocketConstructorOpts & WithHandle = { ...reading, allowHalfOpen: true, handle }
  return new Socket(options)
}

function readAsIs(accepted: Socket, taker: ByteTaker): Socket {
  accepted.on('data', (chunk: Buffer) => {
    if (!taker.onBytes(chunk, OWN_MEMORY)) accepted.pause()
  })
  return accepted.resume()
}

/** A fault of ours must not end the process. */
class ContainedTaker implements ByteTaker {
  /** Ended by a fault. */
  socket: Socket | undefined
  readonly #taker: ByteTaker
  readonly #noteFault: ClientSocketTools['noteFault']

  constructor(taker: ByteTaker, noteFault: ClientSocketTools['noteFault']) {
    this.#taker = taker
    this.#noteFault = noteFault
  }

  onBytes(chunk: Buffer, memory: ReadMemory): boolean {
    try {
      return this.#taker.onBytes(chunk, memory)
    } catch (error) {
      this.#noteFault(error, '')
      this.socket?.destroy()
      return true
    }
  }
}

/** Who looks after a client's connection. */
export interface Attendant {
  /** It takes more. */
  onDrain(): void
  /** It sends no more. */
  onFin(): void
  onClosed(): void
}

const attendant = Symbol('attendant')

/** Where the listeners find it, which are the same for all connections. */
interface Attended extends Socket {
  [attendant]?: Attendant
}

export function attend(socket: Socket, by: Attendant): void {
  const attended: Attended = socket
  attended[attendant] = by
  socket.on('drain', onDrain).on('end', onEnd).on('error', onError).on('close', onClose)
}

/** Somebody else looks after it from now on. */
export function unattend(socket: Socket): void {
  socket.off('drain', onDrain).off('end', onEnd).off('error', onError).off('close', onClose)
}

function onDrain(this: Attended): void {
  this[attendant]?.onDrain()
}

function onEnd(this: Attended): void {
  this[attendant]?.onFin()
}

/** Its close is told, too. */
function onError(): void {}

function onClose(this: Attended): void {
  this[attendant]?.onClosed()
}
