import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import { hasConnectionOption } from '../../gateway/http/hop-by-hop.ts'
import { createInTurns } from '../../gateway/http/in-turns.ts'
import { closeAfter, closeLingering, type OwedAnswers, refuseLingering } from './closing.ts'
import { addressOf } from './peer.ts'
import { requestsWebsocket, withoutUpgrade } from './upgrade-request.ts'

/** A request of a client, whichever way Node's server announced it. */
export interface Arrival {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Asks for a websocket in the proper form; `res` speaks for the bare socket then. */
  readonly upgrade: boolean
}

export interface FrontServerSettings {
  readonly headTimeoutMs: number
  readonly keepAliveMs: number
  readonly maxHeadBytes: number
}

export interface FrontServerEvents {
  /** Keeps what its connections owe. */
  readonly owed: OwedAnswers
  onRequest(arrival: Arrival): void
  /** Whether the route of a websocket handshake has websockets. */
  allowsUpgrade(req: IncomingMessage): boolean
  /** The parser refused what a client sent. */
  onRefused(error: GatewayErrorName, peer: string): void
  /** Node's server knows this connection no longer: whoever stops it has to close it. */
  onDetached(socket: Socket): void
}

/** How often Node looks for heads that are overdue: 30 s by default, and then thousands would be ended in one turn. */
const CHECK_INTERVAL_MS = 100

/**
 * Node's HTTP server, set up for the front door: every request arrives at `onRequest`, also one that
 * expects 100-continue or asks for an upgrade; what the parser refuses gets its own answer here.
 */
export function createFrontServer(
  settings: FrontServerSettings,
  events: FrontServerEvents
): Server {
  const server = createServer({
    headersTimeout: settings.headTimeoutMs,
    // A limit of the whole request would break long uploads; the idle timeout guards them.
    requestTimeout: 0,
    keepAliveTimeout: settings.keepAliveMs,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    maxHeaderSize: settings.maxHeadBytes,
    // Judged by our own hygiene, which answers with a code.
    requireHostHeader: false,
    noDelay: true
  })
  // Node drops fields beyond its limit without a word; hygiene counts them instead.
  server.maxHeadersCount = 0
  const { owed } = events
  const arrive = (req: IncomingMessage, res: ServerResponse): void => {
    // What comes behind an answer that closes the connection is not a request any more: thrown away.
    if (!req.socket.writable || owed.last(req.socket)?.res.shouldKeepAlive === false) {
      req.resume()
      return
    }
    if (oldAsksToClose(req)) res.shouldKeepAlive = false
    owed.note(req, res)
    events.onRequest({ req, res, upgrade: false })
  }
  server.on('request', arrive)
  server.on('checkContinue', arrive)
  server.on('checkExpectation', arrive)
  const detached = (req: IncomingMessage, socket: Socket, upgrade: boolean): void => {
    events.onDetached(socket)
    events.onRequest({ req, res: responseOn(req, socket), upgrade })
  }
  server.on('connect', (req: IncomingMessage, socket: Socket) => {
    if (!closesBehind(owed, socket)) detached(req, socket, false)
  })
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    if (closesBehind(owed, socket)) return
    if (requestsWebsocket(req) && events.allowsUpgrade(req)) {
      if (head.length > 0) socket.unshift(head)
      detached(req, socket, true)
    } else withoutUpgrade(server, req, socket, head)
  })
  const refused = (error: NodeJS.ErrnoException, socket: Socket): void => {
    const name = refuse(error, socket, owed)
    if (name !== undefined) events.onRefused(name, addressOf(socket))
  }
  const late = createInTurns(LATE_AT_ONCE, ({ error, socket, behind }: LateHead) => {
    // Nothing was asked for: a browser opens connections in advance.
    if (socket.bytesRead === 0) socket.destroy()
    else if (owed.last(socket)?.req === behind) refused(error, socket)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code !== HEAD_TIMEOUT) refused(error, socket)
    else late.add({ error, socket, behind: owed.last(socket)?.req })
  })
  return server
}

/**
 * Whether an HTTP/1.0 client asks to close: that goes before `keep-alive` (RFC 9112 §9.3), which is all that Node's
 * parser looks for in this version.
 */
function oldAsksToClose(req: IncomingMessage): boolean {
  // Node makes `headers` when they are first looked at.
  return req.httpVersionMinor === 0 && hasConnectionOption(req.headers.connection ?? '', 'close')
}

/** A head that is overdue: Node has looked for all of them at once. */
interface LateHead {
  readonly error: NodeJS.ErrnoException
  readonly socket: Socket
  /** The request before it; another one by the time its turn comes: the head has come after all. */
  readonly behind: IncomingMessage | undefined
}

const HEAD_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT'
const LATE_AT_ONCE = 3

/**
 * Node takes a connection off its engine as soon as it reads an upgrade or CONNECT, answers owed or
 * not. Pipelining one is asking for trouble: what is owed is answered, then the connection closes,
 * and the client may ask again.
 *
 * @returns false when nothing is owed
 */
function closesBehind(owed: OwedAnswers, socket: Socket): boolean {
  const last = owed.of(socket)
  if (last === undefined) return false
  closeAfter(last.req, last.res)
  noticeEnd(socket)
  return true
}

/** Lets a request that Node took off its HTTP engine be answered like any other, then closed. */
function responseOn(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  noticeEnd(socket)
  socket.once('close', () => {
    if (!res.writableFinished) res.destroy()
  })
  res.once('finish', () => {
    res.detachSocket(socket)
    // Node says so of its own answers only, and whoever accounts for requests waits for it.
    process.nextTick(() => res.emit('close'))
    closeLingering(socket)
  })
  return res
}

/** Sees a client that goes away before anybody reads its connection, and takes none of its bytes. */
function noticeEnd(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  const ended = (): void => void socket.destroy()
  socket.once('end', ended)
  // Whoever reads from here on takes over.
  socket.once('resume', () => socket.off('end', ended))
}

const CLIENT_ERRORS: Readonly<Record<string, GatewayErrorName>> = {
  HPE_HEADER_OVERFLOW: 'headTooLarge',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'headTooLarge',
  [HEAD_TIMEOUT]: 'requestTimeout',
  HPE_INVALID_VERSION: 'version',
  HPE_INVALID_CONTENT_LENGTH: 'badFraming',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'badFraming',
  HPE_INVALID_TRANSFER_ENCODING: 'badFraming'
}

/**
 * What the parser refuses is answered and closed. An answer that is on its way is broken off when
 * the fault is in its own request; behind whole requests, their answers come first.
 *
 * @returns what was answered, if anything
 */
function refuse(
  error: NodeJS.ErrnoException,
  socket: Socket,
  owed: OwedAnswers
): GatewayErrorName | undefined {
  const last = owed.of(socket)
  const alive = socket.writable && error.code !== 'ECONNRESET'
  if (alive && last?.req.complete === true) {
    closeAfter(last.req, last.res)
    return undefined
  }
  // What is wrong belongs to a request that has its answer, and whose connection is closing.
  if (alive && last === undefined && owed.last(socket)?.req.complete === false) return undefined
  // Behind pipelined requests whose turn comes first, an answer would be taken for theirs.
  if (!alive || last?.res.headersSent === true || last?.res.socket === null) {
    socket.destroy()
    return undefined
  }
  const name = CLIENT_ERRORS[error.code ?? ''] ?? 'badRequest'
  refuseLingering(socket, name)
  return name
}
