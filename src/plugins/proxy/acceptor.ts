import { createServer, type Socket } from 'node:net'
import { createInTurns } from '../../gateway/http/in-turns.ts'
import { type Bind, listen } from './listeners.ts'

/** Takes what clients connect to one address. */
export interface Acceptor {
  open(bind: Bind): Promise<Bind>
  /** Accepts no more; connections that were accepted go on. */
  close(): void
}

/** Hundreds may have connected in the same moment, and each takes some 0.1 ms: requests have their turn between. */
const TAKEN_AT_ONCE = 4
/** They have a descriptor each, and are not counted yet. */
const MOST_WAITING = 128

/**
 * @param onConnection gets each connection paused, with nothing read
 * @param onError a connection could not be accepted
 */
export function createAcceptor(
  onConnection: (socket: Socket) => void,
  onError: (error: Error) => void
): Acceptor {
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
  const accepted = createInTurns(TAKEN_AT_ONCE, onConnection, MOST_WAITING)
  const server = createServer(options, accepted.add)
  return {
    open: (bind) => listen(server, bind, onError),
    close() {
      if (server.listening) server.close()
      accepted.drop().forEach(onConnection)
    }
  }
}
