import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientConnections } from './client-connections.ts'
import { createHandOver } from './wire/hand-over.ts'

/** A lane as whoever accepts connections knows it. */
export interface ConnectionTaker {
  /** To be called before the first connection comes. */
  open(): Promise<void>
  /**
   * Takes an accepted connection, paused, of which nothing was read.
   * @returns the socket that it has from now on: who waits for its end waits for that one's
   */
  take(accepted: Socket): Socket
  /**
   * To be called when no more connections come: closes them as they become idle, and resolves when
   * none is left. What runs at the deadline is cut.
   */
  close(deadline: AbortSignal): Promise<void>
}

/** @param server the full lane's, which never listens where clients connect */
export function fullLaneTaker(server: Server): ConnectionTaker {
  const { open, take, close } = createHandOver(server)
  return {
    open,
    take(accepted) {
      take(accepted, NOTHING_READ)
      return accepted
    },
    close
  }
}

const NOTHING_READ = Buffer.alloc(0)

/** The same, for clients that may have one more connection. */
export function counted(
  taker: ConnectionTaker,
  admit: ClientConnections['admit']
): ConnectionTaker {
  return {
    ...taker,
    take(accepted) {
      const left = admit(accepted)
      return left === undefined ? accepted : taker.take(accepted).on('close', left)
    }
  }
}
