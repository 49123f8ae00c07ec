import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { BACKLOG } from './backlog.ts'

/** A unix socket, and who may connect to it. */
export interface SocketBind {
  readonly path: string
  /** Permission bits, such as 0o600. */
  readonly mode: number
}

/** unix(7): `sun_path` has 108 bytes, the last of them zero. */
const LONGEST_PATH_BYTES = 107

/**
 * Listens at a path. The socket of a process that died is replaced; closing the server removes it.
 * @throws Error in one sentence when the path is too long, is no socket or somebody answers there; the
 *   listen error of Node else
 */
export async function listenAtPath(server: Server, { path, mode }: SocketBind): Promise<void> {
  const bytes = Buffer.byteLength(path)
  if (bytes > LONGEST_PATH_BYTES) {
    throw new Error(
      `the path of the socket ${path} has ${bytes} bytes and may have ${LONGEST_PATH_BYTES} at most: choose a shorter haproxy.folder`
    )
  }
  await removeStale(path)
  server.listen({ path, backlog: BACKLOG })
  // In the same turn, before anybody's connection is accepted.
  if (server.listening) chmodSync(path, mode)
  else await once(server, 'listening')
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) throw new Error(`${path} is in the way: a file that is no socket`)
  if (await answers(path)) throw new Error(`another gateway answers at ${path}`)
  await unlink(path)
}

/** Only a refused connection proves that nobody listens. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}
