import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import type { Endpoint } from '../../model/route.ts'

/** What happens to a socket. `onClosed` is the last call. */
export interface SocketEvents {
  onConnected(): void
  /** `borrowed`: the bytes are only here during this call. */
  onBytes(chunk: Buffer, borrowed: boolean): void
  onDrained(): void
  onFin(): void
  onClosed(error: Error | undefined): void
}

export interface SocketOptions {
  /** Where small reads go, shared by all sockets of a client: 64 KiB. */
  readonly scratch: Buffer
  /** To be handed on as an ordinary stream: bytes come as `data` events. */
  readonly stream: boolean
}

/** Known to the types for `connect` only; documented for `new net.Socket` too. */
interface DirectReading {
  readonly onread: OnReadOpts
}

/** A read of at least half the buffer is likely followed by another large one. */
const LARGE_SHARE = 2

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
  const socket = new TaskSocket(options.stream ? {} : direct(options.scratch, events))
  socket.tell(events, options.stream)
  const host = endpoint.host.startsWith('[') ? endpoint.host.slice(1, -1) : endpoint.host
  socket.connect({ host, port: endpoint.port, noDelay: true, autoSelectFamily: true })
  return socket
}

/** The option `onread`, by which Node reads into buffers of ours. */
function direct(scratch: Buffer, events: SocketEvents): SocketConstructorOpts & DirectReading {
  let large = false
  let own: Buffer | undefined
  return {
    onread: {
      buffer: () => {
        if (!large) return scratch
        own ??= Buffer.allocUnsafeSlow(scratch.length)
        return own
      },
      callback: (bytes: number, buffer: Uint8Array) => {
        const borrowed = buffer === scratch
        const whole = borrowed ? scratch : (own ?? scratch)
        own = undefined
        large = bytes * LARGE_SHARE >= scratch.length
        events.onBytes(bytes === whole.length ? whole : whole.subarray(0, bytes), borrowed)
        return true
      }
    }
  }
}

/**
 * Outlives a failed write by one turn of the event loop: a task that refuses an upload sends its
 * answer and closes, and the answer may be here unread when the next write fails (RFC 9112 §9.6).
 */
export class TaskSocket extends Socket {
  #dying = false
  #broken: Error | undefined
  #events: SocketEvents | undefined
  readonly #onData = (chunk: Buffer) => this.#events?.onBytes(chunk, false)

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
