import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Opened at once; more would only wait in the queue of the proxy. */
const AT_ONCE = 200
const LIMIT_MS = 30_000

/**
 * Opens keep-alive connections that have had one answer each and ask nothing more.
 *
 * @returns what closes them
 * @throws Error when one is refused or isn't answered
 */
export async function openIdle(port: number, host: string, count: number): Promise<() => void> {
  const sockets: Socket[] = []
  const close = () => {
    for (const socket of sockets) socket.destroy()
  }
  try {
    while (sockets.length < count) {
      const next = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () =>
        openOne(port, host)
      )
      for (const opened of await Promise.allSettled(next)) {
        if (opened.status === 'rejected') throw failureAfter(sockets.length, count, opened.reason)
        sockets.push(opened.value)
      }
    }
  } catch (error) {
    close()
    throw error
  }
  return close
}

async function openOne(port: number, host: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // After its answer nothing is expected of it; that the proxy closes it shows in the memory.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(`GET /bytes/150 HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const signal = AbortSignal.timeout(LIMIT_MS)
  let answer = ''
  while (!answer.endsWith('x'.repeat(150))) {
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer]
    answer += chunk.toString('latin1')
  }
  return socket
}

function failureAfter(open: number, count: number, reason: unknown): Error {
  const { name, message } = Object(reason) as { name?: string; message?: string }
  const what = name === 'AbortError' ? `no answer within ${LIMIT_MS / 1000} s` : message
  return new Error(`connection ${open + 1} of ${count}: ${what}`)
}
