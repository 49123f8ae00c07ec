import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { Server } from 'node:net'
import { BACKLOG } from './backlog.ts'
import { listenAtPath, type SocketBind } from './unix-socket.ts'

/** An address and a port. */
export interface PortBind {
  /** Empty: all addresses. */
  readonly host: string
  readonly port: number
}

/** Where one listener of the front door binds. */
export type Bind = PortBind | SocketBind

/** How often connections that became idle are looked for while a server closes. */
export const IDLE_SWEEP_MS = 50

/**
 * Binds a server.
 * @param onError it could not accept a connection, and goes on
 * @returns the address and port it got, or the path
 * @throws the listen error of Node, with `code` and `port`; an Error in one sentence for a path
 */
export async function listen(
  server: Server,
  bind: Bind,
  onError?: (error: Error) => void
): Promise<Bind> {
  const bound = await bindTo(server, bind)
  if (onError !== undefined) server.on('error', onError)
  return bound
}

async function bindTo(server: Server, bind: Bind): Promise<Bind> {
  if ('path' in bind) {
    await listenAtPath(server, bind)
    return bind
  }
  const host = bind.host === '' ? {} : { host: bind.host }
  server.listen({ port: bind.port, backlog: BACKLOG, ...host })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : bind.port
  return { host: bind.host, port }
}

/**
 * Stops accepting, closes connections as they become idle, and resolves when none is left. What
 * still runs at the deadline is cut.
 *
 * @param gone resolves when connections are gone that the server got by hand, and doesn't count
 */
export async function drain(
  server: HttpServer,
  deadline: AbortSignal,
  gone?: Promise<void>
): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
  const cut = (): void => server.closeAllConnections()
  if (deadline.aborted) cut()
  deadline.addEventListener('abort', cut, { once: true })
  await Promise.all([closed, gone])
  deadline.removeEventListener('abort', cut)
  clearInterval(sweep)
}
