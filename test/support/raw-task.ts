import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../src/gateway/model/route.ts'

/** One connection that a client opened to the task. */
export interface RawConnection {
  readonly socket: Socket
  /** Position in order of arrival, from 0. */
  readonly index: number
  /** All that arrived so far, as Latin-1. */
  received(): string
  /** Waits until what arrived contains `text`. */
  until(text: string): Promise<string>
  /** Forgets what arrived. */
  clear(): void
  readonly closed: Promise<void>
}

/** A TCP server that answers whatever bytes a test says. */
export interface RawTask {
  readonly endpoint: Endpoint
  readonly connections: readonly RawConnection[]
  /** Waits for the connection with this index. */
  connection(index: number): Promise<RawConnection>
  close(): Promise<void>
}

let made = 0

export function endpointAt(port: number, host = '127.0.0.1', id = `task.${++made}:0`): Endpoint {
  const taskId = id.split(':')[0] ?? id
  return { id, taskId, host, port, agent: host, lastResort: false, cookie: 'c' }
}

/** @param onData called with each piece that arrives; absent: the test speaks through `connections` */
export async function startRawTask(
  onData?: (connection: RawConnection, piece: Buffer) => void,
  options: { readonly paused?: boolean } = {}
): Promise<RawTask> {
  const connections: RawConnection[] = []
  const waiting = new Set<() => void>()
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = track(socket, connections.length, onData, options.paused === true)
    connections.push(connection)
    for (const wake of waiting) wake()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: endpointAt(address.port),
    connections,
    connection: async (index) => {
      while (connections[index] === undefined) {
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
      return connections[index]
    },
    close: async () => {
      for (const { socket } of connections) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

function track(
  socket: Socket,
  index: number,
  onData: ((connection: RawConnection, piece: Buffer) => void) | undefined,
  paused: boolean
): RawConnection {
  let text = ''
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of [...waiting]) check()
  }
  const connection: RawConnection = {
    socket,
    index,
    received: () => text,
    clear: () => {
      text = ''
    },
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (text.includes(wanted)) resolve(text)
          else if (socket.destroyed) reject(new Error(`closed before ${wanted}; got ${text}`))
          else return
          waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
    closed: new Promise((resolve) => {
      socket.once('end', resolve)
      socket.once('close', () => resolve())
    })
  }
  socket.on('error', () => undefined)
  socket.on('close', wake)
  if (paused) return connection
  socket.on('data', (piece) => {
    text += piece.toString('latin1')
    wake()
    onData?.(connection, piece)
  })
  return connection
}

/** A task that answers each complete bodyless request with the same bytes. */
export function startAnsweringTask(answer: string | Buffer): Promise<RawTask> {
  return startRawTask((connection) => {
    if (!connection.received().endsWith('\r\n\r\n')) return
    connection.clear()
    connection.socket.write(answer)
  })
}
