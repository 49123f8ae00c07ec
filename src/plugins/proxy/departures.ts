import type { Socket } from 'node:net'

/**
 * Tells of clients that went away. Node's server does so by the answer that is being written: not of
 * a FIN while the client takes nothing, and not to answers that wait for their turn.
 */
export interface Departures {
  /** @returns ends the watch */
  watch(socket: Socket, gone: () => void): () => void
}

/** One pair of listeners for each connection, however many requests are pipelined on it. */
export function createDepartures(): Departures {
  const watched = new WeakMap<Socket, Set<() => void>>()
  function watchersOf(socket: Socket): Set<() => void> {
    const known = watched.get(socket)
    if (known !== undefined) return known
    const watchers = new Set<() => void>()
    watched.set(socket, watchers)
    const tell = (): void => {
      for (const gone of [...watchers]) gone()
    }
    socket.once('end', tell)
    socket.once('close', tell)
    return watchers
  }
  return {
    watch(socket, gone) {
      const watchers = watchersOf(socket)
      watchers.add(gone)
      return () => void watchers.delete(gone)
    }
  }
}
