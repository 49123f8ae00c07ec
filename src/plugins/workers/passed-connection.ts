import type { Socket } from 'node:net'

/** A connection of a client on its way to a worker. This process keeps it until the worker has it. */
export interface PassedConnection {
  readonly listener: string
  readonly socket: Socket
  /** Monotonic, ms. */
  readonly since: number
  /** Answers that nobody can take it, and closes it. */
  refuse(): void
}

/** What of a socket Node's types don't know; `send` of a child process takes it as it is. */
interface Handled {
  readonly _handle?: object | null
}

/**
 * What the operating system knows the connection by. A socket itself could be sent, too, but then
 * Node would count it in both processes and ask the other one about it whenever a server closes.
 *
 * @returns undefined when the client has gone already
 */
export function handleOf(socket: Socket): object | undefined {
  return (socket as Socket & Handled)._handle ?? undefined
}
