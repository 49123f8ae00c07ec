import { parseListeners } from '../apply/answers.ts'
import { createRuntimeSocket } from '../apply/runtime-socket.ts'
import { listenerHost, type SocketAddress } from '../render/listener-address.ts'

/** It holds up a rendering, and an HAProxy that is well answers in milliseconds. */
const LIMITS = { silenceMs: 2_000, maxBytes: 64 * 1024 * 1024 }

/**
 * Where the running HAProxy listens for service ports, as it says itself: none while it does not run,
 * undefined when it can't be told.
 */
export async function askOwnSockets(path: string): Promise<readonly SocketAddress[] | undefined> {
  try {
    const answer = await createRuntimeSocket(path, LIMITS).ask('show', 'stat', '-1', '8', '-1')
    return parseListeners(answer).map(({ host, port }) => ({ host: listenerHost(host), port }))
  } catch (error) {
    return /ENOENT|ECONNREFUSED/.test((error as Error).message) ? [] : undefined
  }
}
