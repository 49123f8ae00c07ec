import { join } from 'node:path'
import type { HaproxyOptions } from './options.ts'

/** HAProxy binds a socket at a name of its own beside the path, and so takes ten bytes less than unix(7). */
const LONGEST_SOCKET_PATH = 97
/** The longest name of the sockets that our own HAProxy opens in its folder. */
const LONGEST_NAME = 'runtime.sock'

/** @throws Error in one sentence when our own HAProxy could not open its sockets there */
export function checkFolder({ folder, socket }: Pick<HaproxyOptions, 'folder' | 'socket'>): void {
  if (socket !== '') return
  const bytes = Buffer.byteLength(join(folder, LONGEST_NAME))
  if (bytes <= LONGEST_SOCKET_PATH) return
  const most = LONGEST_SOCKET_PATH - LONGEST_NAME.length - 1
  throw new Error(
    `haproxy.folder ${folder} is too long: ${bytes - LONGEST_NAME.length - 1} bytes, ${most} at most, so that the paths of sockets in it fit`
  )
}
