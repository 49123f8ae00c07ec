import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { createHandOver } from './wire/hand-over.ts'

/** A lane as whoever accepts connections knows it. */
export interface ConnectionTaker {
  /** To be called before the first connection comes. */
  open(): Promise<void>
  /** Takes an accepted connection, paused, of which nothing was read. */
  take(socket: Socket): void
  /**
   * To be called when no more connections come: closes them as they become idle, and resolves when
   * none is left. What runs at the deadline is cut.
   */
  close(deadline: AbortSignal): Promise<void>
}

/** @param server the full lane's, which never listens where clients connect */
export function fullLaneTaker(server: Server): ConnectionTaker {
  const { open, take, close } = createHandOver(server)
  return { open, take: (socket) => take(socket, NOTHING_READ), close }
}

const NOTHING_READ = Buffer.alloc(0)
