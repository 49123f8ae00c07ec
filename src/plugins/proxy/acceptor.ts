import { createServer, type Socket } from 'node:net'
import { type Bind, listen } from './listeners.ts'

/** Takes what clients connect to one address. */
export interface Acceptor {
  open(bind: Bind): Promise<Bind>
  /** Accepts no more; connections that were accepted go on. */
  close(): void
}

/**
 * @param onConnection gets each connection paused, with nothing read
 * @param onError a connection could not be accepted
 */
export function createAcceptor(
  onConnection: (socket: Socket) => void,
  onError: (error: Error) => void
): Acceptor {
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
  const server = createServer(options, onConnection)
  return {
    open: (bind) => listen(server, bind, onError),
    close() {
      if (server.listening) server.close()
    }
  }
}
