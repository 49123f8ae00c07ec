import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that systems give to who names none, and below those of local tasks; above 10080, to which `fetch`
 * refuses to go (the bad ports of the Fetch standard).
 */
const FIRST_PORT = 10_081
const LAST_PORT = 30_000

/**
 * Ports of loopback that nobody listens at, for programs that are told theirs. The system gives
 * none of them away by itself: one that was opened as port 0 and closed again may belong to
 * somebody else's connection before its program has started.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(FIRST_PORT, LAST_PORT)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const outcome = Promise.race([once(server, 'listening'), once(server, 'error')])
  server.listen({ port, exclusive: true })
  const [error] = await outcome
  if (error !== undefined) return false
  await once(server.close(), 'close')
  return true
}
