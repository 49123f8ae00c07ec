import type { Socket } from 'node:net'
import type { Endpoint } from '../../../gateway/model/route.ts'
import type { Peer } from '../peer.ts'
import type { Endable } from '../slow-client.ts'
import type { ClientWriter } from './client-writer.ts'

/** What becomes of a connection behind an answer. */
export type Afterwards = 'keep' | 'close' | 'linger' | 'cut'

/** The connection of a client, as one request on it sees it. */
export interface WireClient {
  readonly writer: ClientWriter
  readonly peer: Peer
  /** No answer is owed: the next request's may be written at once. */
  readonly idle: boolean
  /** The first answer that was owed is out. */
  answered(then: Afterwards): void
  /** Asked once, before the answer begins: what becomes of the connection behind it. */
  afterwards(exchange: object): Afterwards
  /** The body may go on. */
  readOn(): void
  /**
   * The client takes nothing of the answer for now, and may do so for that long.
   * @param request whose answer goes on at an endpoint; undefined: all of it is here
   */
  waitForClient(ms: number, request?: Endable, endpoint?: Endpoint): void
}

/** Who holds the connections. */
export interface ConnectionHolder {
  /** It is over, or somebody else has it. */
  forget(connection: object): void
  /** Gives it to the full lane, with the bytes that were not read. */
  handOver(socket: Socket, unread: Buffer): void
}
