import { createServer, type Server, type Socket } from 'node:net'
import { BACKLOG } from './backlog.ts'
import { CrowdWatch } from './crowd-watch.ts'
import { copyHandle, type Handle } from './handle-copies.ts'
import { type Bind, listen } from './listeners.ts'

/** Takes what clients connect to one address. */
export interface Acceptor {
  open(bind: Bind): Promise<Bind>
  /** Accepts no more; connections that were accepted go on. */
  close(): void
}

/** While there is a crowd, so many more are accepted in each turn of the event loop; each takes some 0.1 ms. */
const MORE_IN_A_TURN = 15
/** Without a crowd for so long, one in a turn is enough: the others would look for connections in vain. */
const CROWD_OVER_MS = 5_000

/**
 * Node accepts one connection in each turn of the event loop. Where hundreds of kept connections have requests all the
 * time, that is thirty in a second, and those who wait for their turn time out. So while that shows, further servers
 * take connections from the same queue.
 *
 * @param onConnection gets each connection paused, with nothing read
 * @param onError a connection could not be accepted
 */
export function createAcceptor(
  onConnection: (socket: Socket) => void,
  onError: (error: Error) => void
): Acceptor {
  const crowd = new CrowdWatch(onCrowd)
  const closing = new AbortController()
  let copies: readonly Server[] = []
  let isCopying = false
  let over: NodeJS.Timeout | undefined

  function onCrowd(): void {
    if (copies.length > 0) over?.refresh()
    else if (over === undefined && !isCopying) void copy()
  }

  async function copy(): Promise<void> {
    const { _handle: handle } = server as unknown as { readonly _handle: Handle | null }
    if (handle === null || typeof server.address() !== 'object') return
    isCopying = true
    // Without copies it goes on as it is, and tries again after a while.
    const handles = await copyHandle(handle, MORE_IN_A_TURN, closing.signal).catch(() => [])
    isCopying = false
    copies = handles.map((one) => newServer().on('error', onError).listen(one, BACKLOG))
    over = setTimeout(end, CROWD_OVER_MS).unref()
    if (closing.signal.aborted) end()
  }

  function end(): void {
    clearTimeout(over)
    over = undefined
    for (const one of copies) one.close()
    copies = []
  }

  function newServer(): Server {
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
    return createServer(options, (socket) => {
      crowd.accepted()
      onConnection(socket)
    })
  }

  const server = newServer()
  return {
    open: (bind) => listen(server, bind, onError),
    close() {
      closing.abort()
      end()
      if (server.listening) server.close()
    }
  }
}
