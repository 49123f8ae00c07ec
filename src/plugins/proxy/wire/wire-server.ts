import type { Server as FullServer } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionTaker } from '../connection-taker.ts'
import { IDLE_SWEEP_MS } from '../listeners.ts'
import type { Peer } from '../peer.ts'
import { createHandOver } from './hand-over.ts'
import { WireConnection } from './wire-connection.ts'
import type { WireContext } from './wire-context.ts'

/**
 * Connections of one listener, which begin in the wire lane.
 *
 * @param full takes those that are not plain, and never listens where clients connect
 */
export function createWireServer(
  context: WireContext,
  full: FullServer,
  peerOf: (socket: Socket) => Peer
): ConnectionTaker {
  const connections = new Set<WireConnection>()
  const handOver = createHandOver(full)
  /** Runs as soon as none of them is left. */
  let onEmpty = (): void => undefined
  const holder = {
    forget(connection: object): void {
      connections.delete(connection as WireConnection)
      if (connections.size === 0) onEmpty()
    },
    handOver: handOver.take
  }

  function sweep(): void {
    for (const connection of connections) connection.closeIdle()
    handOver.closeIdle()
  }

  function cut(): void {
    for (const connection of connections) connection.socket.destroy()
    handOver.cut()
  }

  async function empty(): Promise<void> {
    if (connections.size === 0) return
    await new Promise<void>((resolve) => {
      onEmpty = resolve
    })
  }

  return {
    open: handOver.open,
    take(accepted) {
      const connection = new WireConnection(context, holder, accepted, peerOf(accepted))
      connections.add(connection)
      return connection.socket
    },
    async close(deadline) {
      sweep()
      const sweeps = setInterval(sweep, IDLE_SWEEP_MS)
      if (deadline.aborted) cut()
      deadline.addEventListener('abort', cut, { once: true })
      await empty()
      deadline.removeEventListener('abort', cut)
      clearInterval(sweeps)
      await handOver.close(deadline)
    }
  }
}
