import { once } from 'node:events'
import type { Server as FullServer } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { type Bind, IDLE_SWEEP_MS, listen } from '../listeners.ts'
import type { Peer } from '../peer.ts'
import { createHandOver } from './hand-over.ts'
import { WireConnection } from './wire-connection.ts'
import type { WireContext } from './wire-context.ts'

/** A listener of the front door whose connections begin in the wire lane. */
export interface WireServer {
  listen(bind: Bind): Promise<Bind>
  /**
   * Stops accepting, closes connections as they become idle, and resolves when none is left; what
   * runs at the deadline is cut.
   */
  close(deadline: AbortSignal): Promise<void>
}

/** @param full takes the connections that are not plain, and never listens by itself */
export function createWireServer(
  context: WireContext,
  full: FullServer,
  peerOf: (socket: Socket) => Peer
): WireServer {
  const connections = new Set<WireConnection>()
  const handOver = createHandOver(full)
  const holder = {
    forget: (connection: object) => void connections.delete(connection as WireConnection),
    handOver: handOver.take
  }
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
  const server = createServer(options, (accepted) => {
    connections.add(new WireConnection(context, holder, accepted, peerOf(accepted)))
  })

  function sweep(): void {
    for (const connection of connections) connection.closeIdle()
    handOver.closeIdle()
  }

  function cut(): void {
    for (const connection of connections) connection.socket.destroy()
    handOver.cut()
  }

  return {
    async listen(bind) {
      await handOver.open()
      return listen(server, bind)
    },
    async close(deadline) {
      if (server.listening) {
        const closed = once(server, 'close')
        server.close()
        sweep()
        const sweeps = setInterval(sweep, IDLE_SWEEP_MS)
        if (deadline.aborted) cut()
        deadline.addEventListener('abort', cut, { once: true })
        await closed
        deadline.removeEventListener('abort', cut)
        clearInterval(sweeps)
      }
      await handOver.close(deadline)
    }
  }
}
