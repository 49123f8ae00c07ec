import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import { refusalText } from './answer-text.ts'

/** How long a client may go on sending what nobody reads. */
const LINGER_MS = 2000

/**
 * Closes a connection whose client may be sending yet: FIN first, and what still comes is thrown
 * away for a while. Closing with unread bytes would reset the connection, and the reset can overtake
 * the answer (RFC 9112 §9.6).
 */
export function closeLingering(socket: Socket): void {
  if (socket.writableEnded) return
  let timer: NodeJS.Timeout | undefined
  socket.once('close', () => clearTimeout(timer))
  // Counted from when the answer has left: a slow reader keeps its time.
  socket.end(() => {
    if (socket.readableEnded) socket.destroy()
    else timer = setTimeout(() => socket.destroy(), LINGER_MS)
  })
  socket.once('end', () => {
    if (socket.writableFinished) socket.destroy()
  })
  socket.resume()
}

/** Answers what is no request, and closes. */
export function refuseLingering(socket: Socket, name: GatewayErrorName, id?: string): void {
  socket.write(refusalText(name, id))
  closeLingering(socket)
}

/** Who opens too many is not waited for: its connection ends with what is said, read or not. */
export function refuseAtOnce(socket: Socket, name: GatewayErrorName): void {
  socket.on('error', () => undefined)
  socket.write(refusalText(name))
  socket.destroySoon()
}

/** The client has not sent all of the request yet. Node counts one without a body as such, too. */
export function isUnread(req: IncomingMessage): boolean {
  if (req.complete) return false
  const { 'content-length': length = '0', 'transfer-encoding': coding } = req.headers
  return length !== '0' || coding !== undefined
}

/** Answers behind which their connection closes: asked once more, nothing is added. */
const closing = new WeakSet<ServerResponse>()

/**
 * Makes a connection close behind this answer, however much of the request is unread. Node reports a fault
 * again with each packet behind it, so that this may be asked any number of times.
 */
export function closeAfter(req: IncomingMessage, res: ServerResponse): void {
  if (closing.has(res)) return
  closing.add(res)
  if (!res.headersSent) res.shouldKeepAlive = false
  const { socket } = req
  // Node calls this after an answer that says `Connection: close`.
  socket.destroySoon = () => closeLingering(socket)
  res.once('finish', () => socket.destroySoon())
}

/**
 * @param stopping true while the gateway stops
 * @returns to be asked before an answer begins: the connection closes behind it while the gateway stops,
 *   unless it owes further ones, the last of which does it then
 */
export function closeIfLast(
  stopping: () => boolean,
  owed: OwedAnswers
): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    if (!stopping() || !res.shouldKeepAlive || res.headersSent) return
    if (owed.last(req.socket)?.res === res) closeAfter(req, res)
  }
}

/**
 * The answers that a connection still owes. Node tells nobody, and what a client pipelines behind
 * them must not be answered before them.
 */
export class OwedAnswers {
  readonly #last = new WeakMap<Socket, { req: IncomingMessage; res: ServerResponse }>()

  note(req: IncomingMessage, res: ServerResponse): void {
    const known = this.#last.get(req.socket)
    if (known === undefined) this.#last.set(req.socket, { req, res })
    else {
      known.req = req
      known.res = res
    }
  }

  /** The last request, answered or not. */
  last(socket: Socket): { req: IncomingMessage; res: ServerResponse } | undefined {
    return this.#last.get(socket)
  }

  /** The last request whose answer is not out yet. */
  of(socket: Socket): { req: IncomingMessage; res: ServerResponse } | undefined {
    const last = this.#last.get(socket)
    return last === undefined || last.res.writableFinished ? undefined : last
  }
}
