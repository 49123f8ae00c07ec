import type { PassedConnection } from './passed-connection.ts'
import type { WorkerHandle } from './worker-handle.ts'

/** Whose turn it is to take a connection. */
export interface Turns {
  pass(connection: PassedConnection): void
  /** Somebody may take what waits. */
  flush(): void
  /** What still waits is closed. */
  close(): void
}

/** Connections that wait while no worker is ready; more are refused. */
const MOST_WAITING = 1024

/** In turn; a worker that has not taken its last ones yet is asked after those that have. */
export function createTurns(workers: ReadonlySet<Turn>): Turns {
  const waiting: PassedConnection[] = []
  let turn = 0

  function next(): Turn | undefined {
    const serving = [...workers].filter(({ state }) => state === 'serving')
    turn += 1
    let best: Turn | undefined
    for (let i = 0; i < serving.length; i += 1) {
      const worker = serving[(turn + i) % serving.length]
      if (worker !== undefined && (best === undefined || worker.unclaimed < best.unclaimed)) {
        best = worker
      }
    }
    return best
  }

  function pass(connection: PassedConnection): void {
    const worker = next()
    if (worker !== undefined) worker.pass(connection)
    else if (waiting.length < MOST_WAITING) waiting.push(connection)
    else connection.refuse()
  }

  return {
    pass,
    flush() {
      for (const connection of waiting.splice(0)) pass(connection)
    },
    close() {
      for (const { socket } of waiting.splice(0)) socket.destroy()
    }
  }
}

type Turn = Pick<WorkerHandle, 'state' | 'unclaimed' | 'pass'>
