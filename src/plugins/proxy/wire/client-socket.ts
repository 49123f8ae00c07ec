import { Socket, type SocketConstructorOpts } from 'node:net'
import { type ByteTaker, directReading } from '../../../gateway/http/direct-reading.ts'
import { OWN_MEMORY, type ReadBuffers } from '../../../gateway/http/read-memory.ts'

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
 * socket of our own, and the accepted one stays as what its server counts. Where Node keeps
 * connections elsewhere one day, the accepted socket itself is read.
 *
 * @param accepted paused, and nothing was read
 */
export function openClientSocket(
  accepted: Socket,
  { buffers, noteFault }: ClientSocketTools,
  taker: ByteTaker
): Socket {
  let socket = accepted
  const contained = containedTaker(taker, (error) => {
    noteFault(error, '')
    socket.destroy()
  })
  const handled = accepted as Socket & Handled
  const handle = handled._handle
  if (handle === undefined || handle === null) {
    accepted.on('data', (chunk: Buffer) => {
      if (!contained.onBytes(chunk, OWN_MEMORY)) accepted.pause()
    })
    return accepted.resume()
  }
  handled._handle = null
  const options: SocketConstructorOpts & WithHandle = {
    ...directReading(buffers, contained),
    allowHalfOpen: true,
    handle
  }
  socket = new Socket(options)
  socket.once('close', () => accepted.destroy())
  return socket
}

/** A fault of ours must not end the process. */
function containedTaker(taker: ByteTaker, onFault: (error: unknown) => void): ByteTaker {
  return {
    onBytes(chunk, memory) {
      try {
        return taker.onBytes(chunk, memory)
      } catch (error) {
        onFault(error)
        return true
      }
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

/** @returns ends the attendance: somebody else looks after it */
export function attend(socket: Socket, by: Attendant): () => void {
  const drain = (): void => by.onDrain()
  const end = (): void => by.onFin()
  const close = (): void => by.onClosed()
  // Its close is told, too.
  const error = (): void => undefined
  socket.on('drain', drain).on('end', end).on('error', error).on('close', close)
  return () => {
    socket.off('drain', drain).off('end', end).off('error', error).off('close', close)
  }
}
