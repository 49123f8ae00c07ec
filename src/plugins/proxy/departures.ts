import type { Socket } from 'node:net'

/**
 * Tells of clients that went away. Node's server does so by the answer that is being written: not of
 * a FIN while the client takes nothing, and not to answers that wait for their turn.
 */
export interface Departures {
  watch(socket: Socket, watcher: Watcher): void
  unwatch(socket: Socket, watcher: Watcher): void
}

export interface Watcher {
  onGone(): void
}

/** One pair of listeners for each connection, however many requests it carries. */
export function createDepartures(): Departures {
  const watched = new WeakMap<Socket, Set<Watcher>>()
  function watchersOf(socket: Socket): Set<Watcher> {
    const known = watched.get(socket)
    if (known !== undefined) return known
    const watchers = new Set<Watcher>()
    watched.set(socket, watchers)
    const tell = (): void => {
      for (const watcher of [...watchers]) watcher.onGone()
    }
    socket.once('end', tell)
    socket.once('close', tell)
    return watchers
  }
  return {
    watch: (socket, watcher) => void watchersOf(socket).add(watcher),
    unwatch: (socket, watcher) => void watched.get(socket)?.delete(watcher)
  }
}
