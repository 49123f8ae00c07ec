import { type LookupFunction, Socket } from 'node:net'
import type { Endpoint } from '../../model/route.ts'
import { directReading } from '../direct-reading.ts'
import { OWN_MEMORY, type ReadBuffers, type ReadMemory } from '../read-memory.ts'

/** What happens to a socket. `onClosed` is the last call. */
export interface SocketEvents {
  onConnected(): void
  /** @returns false: stop reading */
  onBytes(chunk: Buffer, memory: ReadMemory): boolean
  onDrained(): void
  onFin(): void
  onClosed(error: Error | undefined): void
}

export interface SocketOptions {
  readonly buffers: ReadBuffers
  /** Finds the addresses of a host that is a name. */
  readonly lookup: LookupFunction
  /** To be handed on as an ordinary stream: bytes come as `data` events. */
  readonly stream: boolean
}

/**
 * Connects to an endpoint. Unless it is to be a stream, bytes are read past the stream machinery:
 * small reads into one shared buffer, and while large ones keep coming each into a buffer of its
 * own, which is never copied.
 *
 * @throws when the address itself is impossible
 */
export function openTaskSocket(
  endpoint: Endpoint,
  options: SocketOptions,
  events: SocketEvents
): TaskSocket {
  const socket = new TaskSocket(options.stream ? {} : directReading(options.buffers, events))
  socket.tell(events, options.stream)
  const host = endpoint.host.startsWith('[') ? endpoint.host.slice(1, -1) : endpoint.host
  const { port } = endpoint
  const { lookup } = options
  socket.connect({ host, port, noDelay: true, autoSelectFamily: true, lookup })
  return socket
}

/**
 * Outlives a failed write by one turn of the event loop: a task that refuses an upload sends its
 * answer and closes, and the answer may be here unread when the next write fails (RFC 9112 §9.6).
 */
export class TaskSocket extends Socket {
  #dying = false
  #broken: Error | undefined
  #events: SocketEvents | undefined
  readonly #onData = (chunk: Buffer) => void this.#events?.onBytes(chunk, OWN_MEMORY)

  /** Names who is told what happens here, until `handOver`. */
  tell(events: SocketEvents, stream: boolean): void {
    this.#events = events
    this.on('connect', () => this.#events?.onConnected())
    this.on('drain', () => this.#events?.onDrained())
    this.on('end', () => this.#events?.onFin())
    this.on('close', () => this.#events?.onClosed(this.#broken))
    this.on('error', (error) => {
      this.#broken = error
    })
    if (stream) this.on('data', this.#onData)
  }

  /** Tells nothing more; paused, so that nothing is lost until the new holder reads. */
  handOver(): void {
    this.#events = undefined
    this.off('data', this.#onData)
    this.pause()
  }

  override destroy(error?: Error): this {
    if (!isFailedWrite(error)) return super.destroy(error)
    // Several writes of one turn fail one by one.
    if (!this.#dying) setImmediate(() => setImmediate(() => super.destroy(error)))
    this.#dying = true
    return this
  }
}

function isFailedWrite(error: Error | undefined): boolean {
  return error !== undefined && 'syscall' in error && error.syscall === 'write'
}
