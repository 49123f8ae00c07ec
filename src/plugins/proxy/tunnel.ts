import type { Socket } from 'node:net'

export interface Tunnel {
  readonly client: Socket
  readonly task: Socket
  /** The task's 101 as it came, and the bytes that followed it. */
  readonly opening: Buffer
  /** Closed after this long without a byte in either direction. */
  readonly idleMs: number
}

/**
 * Passes bytes in both directions, without a look at frames. A tunnel belongs to its two sockets
 * alone: changes of the table don't touch it.
 */
export function startTunnel(tunnel: Tunnel, onClosed: () => void): void {
  const { client, task, idleMs, opening } = tunnel
  client.write(opening)
  link(client, task, idleMs)
  link(task, client, idleMs)
  client.once('close', onClosed)
  client.pipe(task)
  task.pipe(client)
}

/** What happens to one side happens to the other, once what that side said last has been passed on. */
function link(side: Socket, other: Socket, idleMs: number): void {
  side.setNoDelay(true)
  // A socket's timeout counts what it reads and what it writes: both directions.
  side.setTimeout(idleMs, () => side.destroy())
  side.on('error', () => side.destroy())
  side.once('close', (broken: boolean) => (broken ? other.destroy() : other.destroySoon()))
}
