import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What Node has behind a server or a socket: it may be sent to another process, and comes back as a copy. */
export interface Handle {
  close(): void
}

/** Sends back what it gets: the system makes a descriptor of its own of each that it hands over. */
const MIRROR = "process.on('message', (at, handle) => process.send(at, handle))"
/** Node itself starts in a tenth of a second; on a machine that has no time for anything it may take long. */
const LIMIT_MS = 10_000

/**
 * Copies of a listening socket: each has a descriptor of its own, and all share one queue of connections. Node has no `dup`.
 * It takes another process for a moment.
 *
 * @returns fewer than `count` where that process can't be started or ended before its time
 * @throws where Node can't even try to start it
 */
export async function copyHandle(
  handle: Handle,
  count: number,
  signal: AbortSignal
): Promise<readonly Handle[]> {
  const mirror = spawn(process.execPath, ['-e', MIRROR], {
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    killSignal: 'SIGKILL'
  })
  const copies: Handle[] = []
  let isOver = false
  mirror.on('message', (_, copy) => {
    if (isOver) (copy as Handle).close()
    else copies.push(copy as Handle)
    if (copies.length === count) mirror.disconnect()
  })
  mirror.once('spawn', () => {
    for (let at = 0; at < count; at += 1) mirror.send(at, handle as never)
  })
  // What comes behind the first error says no more.
  mirror.on('error', () => undefined)
  await once(mirror, 'exit').catch(() => undefined)
  isOver = true
  return copies
}
