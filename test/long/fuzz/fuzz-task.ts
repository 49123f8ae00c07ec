import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { readStrictly, type StrictRequest } from '../../support/strict-request-reader.ts'

/** The task behind the front door: reads strictly, and knows which client each request came from. */
export interface FuzzTask {
  readonly port: number
  close(): Promise<void>
}

export interface TaskEvents {
  /** @param client what the gateway says of its address */
  onRequest(client: string, request: StrictRequest): void
  /** Nobody may write this to a task. */
  onFault(fault: string, bytes: string): void
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'

export async function startFuzzTask(events: TaskEvents): Promise<FuzzTask> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let bytes = ''
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (piece) => {
      bytes += piece.toString('latin1')
      const { requests, fault } = readStrictly(bytes)
      const [request] = requests
      if (fault !== undefined || requests.length > 1) {
        events.onFault(fault ?? 'a request behind one that is not answered', bytes)
        socket.destroy()
      } else if (request !== undefined) {
        bytes = ''
        events.onRequest(clientOf(request), request)
        socket.write(request.method === 'HEAD' ? OK : `${OK}ok`)
      }
    })
  })
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

function clientOf({ fields }: StrictRequest): string {
  return fields.find(([name]) => name === 'x-forwarded-for')?.[1] ?? ''
}
