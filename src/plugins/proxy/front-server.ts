import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errorAnswer } from '../../gateway/http/error-answer.ts'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
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
  onRequest(arrival: Arrival): void
  /** Whether the route of a websocket handshake has websockets. */
  allowsUpgrade(req: IncomingMessage): boolean
  /** The parser refused what a client sent. */
  onRefused(error: GatewayErrorName, peer: string): void
}

/** How often Node looks for heads that are overdue: its 30 s would make any limit meaningless. */
const CHECK_INTERVAL_MS = 1000

/**
 * Node's HTTP server, set up for the front door: every request arrives at `onRequest`, also one that
 * expects 100-continue or asks for an upgrade; what the parser refuses gets its own answer here.
 */
export function createFrontServer(
  settings: FrontServerSettings,
  { onRequest, allowsUpgrade, onRefused }: FrontServerEvents
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
  const arrive = (req: IncomingMessage, res: ServerResponse): void =>
    onRequest({ req, res, upgrade: false })
  server.on('request', arrive)
  server.on('checkContinue', arrive)
  server.on('checkExpectation', arrive)
  server.on('connect', (req: IncomingMessage, socket: Socket) => {
    onRequest({ req, res: responseOn(req, socket), upgrade: false })
  })
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    if (requestsWebsocket(req) && allowsUpgrade(req)) {
      if (head.length > 0) socket.unshift(head)
      onRequest({ req, res: responseOn(req, socket), upgrade: true })
    } else withoutUpgrade(server, req, socket, head)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    refuse(error, socket, onRefused)
  })
  return server
}

/** Lets a request that Node took off its HTTP engine be answered like any other, then closed. */
function responseOn(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  socket.on('error', () => socket.destroy())
  socket.once('close', () => {
    if (!res.writableFinished) res.destroy()
  })
  res.once('finish', () => {
    res.detachSocket(socket)
    socket.end()
  })
  return res
}

const CLIENT_ERRORS: Readonly<Record<string, GatewayErrorName>> = {
  HPE_HEADER_OVERFLOW: 'headTooLarge',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'headTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'requestTimeout',
  HPE_INVALID_VERSION: 'version',
  HPE_INVALID_CONTENT_LENGTH: 'badFraming',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'badFraming',
  HPE_INVALID_TRANSFER_ENCODING: 'badFraming'
}

/** What the parser refuses is answered and closed, unless an answer is on its way already. */
function refuse(
  error: NodeJS.ErrnoException,
  socket: Socket,
  onRefused: FrontServerEvents['onRefused']
): void {
  const busy = (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage
  if (!socket.writable || error.code === 'ECONNRESET' || busy?.headersSent === true) {
    socket.destroy()
    return
  }
  const name = CLIENT_ERRORS[error.code ?? ''] ?? 'badRequest'
  const { status, headers, body } = errorAnswer(name, undefined)
  const fields = headers.flatMap((value, i) => (i % 2 === 0 ? [`${value}: ${headers[i + 1]}`] : []))
  const lines = [`HTTP/1.1 ${status} Refused`, ...fields, `Content-Length: ${body.length}`]
  socket.end(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`)
  socket.resume()
  onRefused(name, socket.remoteAddress ?? '')
}
