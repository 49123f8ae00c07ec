import { once } from 'node:events'
import { createServer } from 'node:net'
import type { SocketAddress } from '../render/listener-address.ts'
import type { Refusal } from '../render/options.ts'

/** What is wrong, by Node's error code. */
const REASONS: Readonly<Record<string, Refusal>> = {
  EADDRINUSE: { fact: 'port', reason: 'another program listens there' },
  EACCES: { fact: 'port', reason: 'that takes more rights than the gateway has' },
  EADDRNOTAVAIL: { fact: 'address', reason: 'this machine has no such address' },
  EAFNOSUPPORT: { fact: 'address', reason: 'this machine has no such address' }
}

/**
 * Listens at an address for a moment, as the only way to know that one can.
 * @returns Node's error code; undefined when it went well
 */
export async function tryBind({ host, port }: SocketAddress): Promise<string | undefined> {
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen({ host: host === '' ? '::' : host, port, exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
  const closed = once(server, 'close')
  server.close()
  await closed
  return undefined
}

export function refusalFor(code: string): Refusal {
  return REASONS[code] ?? { fact: 'port', reason: `the system says ${code}` }
}
