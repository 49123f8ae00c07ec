import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drain, listen } from '../listeners.ts'

/** Gives connections to the full lane. */
export interface HandOver {
  open(): Promise<void>
  /** At a border of requests, with no answer owed; the connection stays there. */
  take(socket: Socket, unread: Buffer): void
  /** Closes those of its connections that wait for a next request. */
  closeIdle(): void
  /** Ends all its connections at once. */
  cut(): void
  /** To be called when no connection is left. */
  close(deadline: AbortSignal): Promise<void>
}

/** Nobody but this process may connect. */
const PRIVATE = 0o600

/**
 * A server of Node that takes connections from another one. It listens at a socket in a folder of its
 * own where nobody connects: on one that never listens, Node looks after no time for heads, and
 * forgets which connections it has.
 */
export function createHandOver(server: Server): HandOver {
  let folder: string | undefined
  return {
    async open() {
      folder = await mkdtemp(join(tmpdir(), 'gateway-'))
      await listen(server, { path: join(folder, 'full-lane'), mode: PRIVATE })
    },
    take(socket, unread) {
      server.emit('connection', socket)
      socket.resume()
      // Behind the `resume` event, by which others see that somebody reads.
      process.nextTick(() => socket.unshift(unread))
    },
    closeIdle: () => server.closeIdleConnections(),
    cut: () => server.closeAllConnections(),
    async close(deadline) {
      await drain(server, deadline)
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    }
  }
}
