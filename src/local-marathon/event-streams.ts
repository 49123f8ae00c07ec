import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventBus, MarathonEvent } from './event-bus.ts'
import type { Faults } from './faults.ts'
import { NO_CACHE } from './reply.ts'

/** A client this far behind is cut off, as ≥1.8 does. Bytes. */
const MAX_BACKLOG = 8 * 1024 * 1024
/** Between the halves of a split heartbeat. */
const SPLIT_MS = 30

interface Stream {
  readonly response: ServerResponse
  /** Names it wants; empty = all. */
  readonly types: ReadonlySet<string>
}

/** The open `/v2/events` of one node, written as Jetty does: CRLF, no chunking, ends with the socket. */
export class EventStreams {
  readonly #open = new Set<Stream>()
  readonly #events: EventBus
  readonly #faults: () => Faults
  readonly #heartbeat: NodeJS.Timeout
  readonly #unsubscribe: () => void

  constructor(events: EventBus, faults: () => Faults, heartbeatMs: number) {
    this.#events = events
    this.#faults = faults
    this.#unsubscribe = events.subscribe((event) => this.#send(event))
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
  }

  get count(): number {
    return this.#open.size
  }

  open(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    response.statusCode = 200
    for (const [name, value] of Object.entries(NO_CACHE)) response.setHeader(name, value)
    response.setHeader('Content-Type', 'text/event-stream;charset=utf-8')
    response.setHeader('Connection', 'close')
    response.removeHeader('Transfer-Encoding')
    response.flushHeaders()
    response.socket?.setNoDelay(true)
    if (this.#faults().closeStreamsAtOnce) {
      response.end()
      return
    }
    const stream = { response, types: new Set(query.getAll('event_type')) }
    const remoteAddress = request.socket.remoteAddress ?? ''
    this.#open.add(stream)
    response.on('error', () => response.destroy())
    response.on('close', () => {
      if (this.#open.delete(stream)) {
        this.#events.publish('event_stream_detached', { remoteAddress })
      }
    })
    this.#events.publish('event_stream_attached', { remoteAddress })
  }

  /** Ends all streams; clients see the end of the body. */
  closeAll(): void {
    const streams = [...this.#open]
    this.#open.clear()
    for (const { response } of streams) response.end()
  }

  stop(): void {
    clearInterval(this.#heartbeat)
    this.#unsubscribe()
    this.closeAll()
  }

  #send(event: MarathonEvent): void {
    const { silentStream, heartbeatOnly, severalJsonPerEvent } = this.#faults()
    if (silentStream || heartbeatOnly) return
    const data = JSON.stringify(event)
    const body = severalJsonPerEvent ? `${data}\r\ndata: ${data}` : data
    const block = `event: ${event.eventType}\r\ndata: ${body}\r\n\r\n`
    for (const { response, types } of [...this.#open]) {
      if (types.size > 0 && !types.has(event.eventType)) continue
      if (response.writableLength > MAX_BACKLOG) response.destroy()
      else response.write(block)
    }
  }

  #beat(): void {
    const { silentStream, splitHeartbeat } = this.#faults()
    if (silentStream) return
    for (const { response } of this.#open) {
      response.write(splitHeartbeat ? '\r' : '\r\n')
      if (splitHeartbeat) setTimeout(() => response.writable && response.write('\n'), SPLIT_MS)
    }
  }
}
