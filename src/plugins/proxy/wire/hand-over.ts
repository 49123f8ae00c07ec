import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drain, listen } from '../listeners.ts'

/** Gives connections to the full lane. */
export interface HandOver {
  open(): Promise<void>
  /** At a border of requests, with no answer owed; the connection stays there. */
  take(socket: Socket, unread: Buffer): void
  /** Closes those of its connections that wait for a next request. */
  closeIdle(): void
  /** Ends all its connections at once. */
  cut(): void
  /** To be called when no more come: resolves when none is left. What runs at the deadline is cut. */
  close(deadline: AbortSignal): Promise<void>
}

/** Nobody but this process may connect. */
const PRIVATE = 0o600

/**
 * A server of Node that takes connections from another one. It listens at a socket in a folder of its
 * own where nobody connects: on one that never listens, Node looks after no time for heads, and
 * forgets which connections it has.
 */
export function createHandOver(server: Server): HandOver {
  const given = new Set<Socket>()
  /** Runs as soon as none of them is left. */
  let onNoneLeft = (): void => undefined

  function giveBack(socket: Socket): void {
    given.delete(socket)
    if (given.size === 0) onNoneLeft()
  }

  async function noneLeft(): Promise<void> {
    if (given.size > 0) await new Promise<void>((resolve) => (onNoneLeft = resolve))
  }

  server.on('connection', (socket: Socket) => {
    if (!given.has(socket)) socket.destroy()
  })
  return {
    async open() {
      const folder = await privateFolder()
      if (folder === undefined) {
        await listenNowhere(server)
        return
      }
      await listen(server, { path: join(folder, 'full-lane'), mode: PRIVATE })
      // It listens on without its name; a gateway that is killed leaves nothing behind.
      await rm(folder, { recursive: true, force: true })
    },
    take(socket, unread) {
      socket.pause()
      given.add(socket)
      socket.once('close', () => giveBack(socket))
      server.emit('connection', socket)
      socket.resume()
      // Behind the `resume` event, by which others see that somebody reads.
      if (unread.length > 0) process.nextTick(() => socket.unshift(unread))
    },
    closeIdle: () => server.closeIdleConnections(),
    cut: () => server.closeAllConnections(),
    close: (deadline) => drain(server, deadline, noneLeft())
  }
}

/** Undefined where no file can be written, as in a container on a read-only file system. */
async function privateFolder(): Promise<string | undefined> {
  try {
    return await mkdtemp(join(tmpdir(), 'gateway-'))
  } catch (error) {
    if (process.platform === 'linux') return undefined
    throw error
  }
}

/** At a name without a file (unix(7), abstract); who finds it is refused all the same. */
async function listenNowhere(server: Server): Promise<void> {
  server.listen(`\0marathon-gateway-${randomUUID()}`)
  await once(server, 'listening')
}
