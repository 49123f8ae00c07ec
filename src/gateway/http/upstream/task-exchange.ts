import type { Socket } from 'node:net'
import type { Endpoint } from '../../model/route.ts'
import type {
  Exchange,
  ExchangeHandler,
  FailurePhase,
  FailureReason,
  UpstreamRequest
} from './exchange.ts'
import { chunkedEnd, chunkHead, requestHead } from './request-writer.ts'

/** What an exchange rides on: a pool's queue first, then a connection. */
export interface Carrier {
  /** The exchange is over: let go of it, and of the connection with it. */
  drop(exchange: TaskExchange): void
  /** Request bytes moved: time starts anew. */
  touch(): void
  /** The lane wants more of the answer. */
  resume(): void
}

/** Below this size a chunk and its framing are copied into one buffer: one write instead of three. */
const COPY_BELOW = 4096

/**
 * One request to one task: what the lane holds, and the writing half of the work. The reading half
 * is in `connection.ts`. Body bytes that come before there is a connection are held here.
 */
export class TaskExchange implements Exchange {
  readonly request: UpstreamRequest
  readonly handler: ExchangeHandler
  readonly endpoint: Endpoint
  /** Never ride on a connection that carried a request before. */
  readonly fresh: boolean
  carrier: Carrier | undefined
  /** Rides on a connection that had carried a request before. */
  reused = false
  bytesSent = 0
  bytesRead = 0
  /** Everything the lane will send was handed to the socket. */
  requestDone = false
  /** The final head was told. */
  headDone = false
  /** No callback any more. */
  finished = false
  #socket: Socket | undefined
  #held: Buffer[] | undefined
  #ended: boolean
  #trailers: readonly string[] = []
  /** Body bytes still owed when the length was announced. */
  #owed: number
  /** `write` said false and `onDrain` has not been told since. */
  #drainDue = false

  constructor(
    request: UpstreamRequest,
    handler: ExchangeHandler,
    endpoint: Endpoint,
    options: { readonly fresh?: boolean } | undefined
  ) {
    this.request = request
    this.handler = handler
    this.endpoint = endpoint
    this.fresh = options?.fresh === true || request.upgrade
    this.#owed = typeof request.body === 'number' ? request.body : 0
    this.#ended = request.body === 'none' || request.body === 0
  }

  /** Writes the head and what was held. The connection is established. */
  start(socket: Socket): void {
    const head = requestHead(this.request, this.endpoint)
    if (head === undefined || !(this.#owed >= 0 && Number.isSafeInteger(this.#owed))) {
      this.failSoon('bad-request')
      return
    }
    this.#socket = socket
    this.bytesSent += head.length
    if (this.#ended && this.#held === undefined && this.request.body !== 'chunked') {
      this.requestDone = true
      socket.write(head, 'latin1')
      return
    }
    // Head and first body bytes leave together when the lane has them by the end of this turn.
    socket.cork()
    socket.write(head, 'latin1')
    this.#sendHeld()
    process.nextTick(uncork, socket)
    if (this.#drainDue && !socket.writableNeedDrain) process.nextTick(tellDrain, this)
  }

  write(chunk: Buffer): boolean {
    if (this.finished || chunk.length === 0) return true
    if (this.#ended || !this.#fits(chunk.length)) {
      this.failSoon('bad-request')
      return true
    }
    if (this.#socket === undefined) {
      if (this.#held === undefined) this.#held = []
      this.#held.push(chunk)
      this.#drainDue = true
      return false
    }
    const more = this.#send(this.#socket, chunk)
    this.carrier?.touch()
    if (!more) this.#drainDue = true
    return more
  }

  end(trailers: readonly string[] = []): void {
    if (this.finished || this.#ended) return
    this.#ended = true
    this.#trailers = trailers
    if (this.#owed > 0) this.failSoon('bad-request')
    else if (this.#socket !== undefined) this.#sendEnd(this.#socket)
    if (this.requestDone) this.carrier?.touch()
  }

  resume(): void {
    if (!this.finished) this.carrier?.resume()
  }

  abort(): void {
    this.finished = true
    this.#held = undefined
    this.carrier?.drop(this)
  }

  /** The socket took what was written. */
  drained(): void {
    if (!this.#drainDue || this.finished) return
    this.#drainDue = false
    this.handler.onDrain()
  }

  finish(trailers: string[]): void {
    if (this.finished) return
    this.finished = true
    this.handler.onEnd(trailers)
  }

  /** The last call to the handler, unless it was aborted meanwhile. */
  fail(reason: FailureReason, cause?: unknown): void {
    if (this.finished) return
    this.finished = true
    this.#held = undefined
    const { reused, bytesSent, bytesRead } = this
    this.handler.onFailure({ phase: this.#phase(), reason, reused, bytesSent, bytesRead, cause })
  }

  /** Fails after the current call is over, so that no callback comes from within it. */
  failSoon(reason: FailureReason, cause?: unknown): void {
    this.#ended = true
    process.nextTick(() => {
      this.fail(reason, cause)
      this.carrier?.drop(this)
    })
  }

  #phase(): FailurePhase {
    if (this.headDone) return 'body'
    if (this.#socket === undefined) return 'connect'
    return this.requestDone || this.bytesRead > 0 ? 'head' : 'send'
  }

  /** A body with an announced length is never longer than that. */
  #fits(bytes: number): boolean {
    if (this.request.body === 'chunked') return true
    this.#owed -= bytes
    return this.#owed >= 0
  }

  #sendHeld(): void {
    const socket = this.#socket
    if (socket === undefined) return
    for (const chunk of this.#held ?? []) this.#send(socket, chunk)
    this.#held = undefined
    if (this.#ended) this.#sendEnd(socket)
  }

  #send(socket: Socket, chunk: Buffer): boolean {
    this.bytesSent += chunk.length
    if (this.request.body !== 'chunked') return socket.write(chunk)
    const head = chunkHead(chunk.length)
    this.bytesSent += head.length + 2
    if (chunk.length < COPY_BELOW) return socket.write(framed(head, chunk))
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(chunk)
    const more = socket.write('\r\n', 'latin1')
    socket.uncork()
    return more
  }

  #sendEnd(socket: Socket): void {
    if (this.request.body === 'chunked') {
      const end = chunkedEnd(this.#trailers)
      if (end === undefined) {
        this.failSoon('bad-request')
        return
      }
      this.bytesSent += end.length
      socket.write(end, 'latin1')
    }
    this.requestDone = true
  }
}

function framed(head: string, chunk: Buffer): Buffer {
  const whole = Buffer.allocUnsafe(head.length + chunk.length + 2)
  whole.write(head, 0, 'latin1')
  chunk.copy(whole, head.length)
  whole.write('\r\n', head.length + chunk.length, 'latin1')
  return whole
}

function uncork(socket: Socket): void {
  socket.uncork()
}

function tellDrain(exchange: TaskExchange): void {
  exchange.drained()
}
