import type { Socket } from 'node:net'
import type { Timeouts } from '../../model/route.ts'
import type { ReadMemory } from '../read-memory.ts'

/**
 * The contract between a lane and the upstream client: one request to one task and what comes back.
 * No stream objects: bytes are passed on as they arrive, back-pressure is `false` and `onDrain`.
 */

/** A request as it goes to a task. The client adds Connection, Content-Length and Transfer-Encoding. */
export interface UpstreamRequest {
  readonly method: string
  /** Raw request target, forwarded byte for byte. */
  readonly target: string
  /** Flat: name, value, name, value. End-to-end headers only, and no framing. */
  readonly headers: readonly string[]
  /** Framing of the body: none, chunked, or a number of bytes. */
  readonly body: 'none' | 'chunked' | number
  /** Ask for an upgrade to websocket: `Connection: Upgrade` and `Upgrade: websocket` are added. */
  readonly upgrade: boolean
  readonly timeouts: Required<Timeouts>
  /** Method, target and headers come from a parser with the grammar of `request-writer.ts`. */
  readonly checked?: boolean
  /** The lines of `headers`, where somebody has made them before; only of a checked request. */
  readonly fieldLines?: string | undefined
  /** Send the endpoint's own `host:port` as Host instead of what `headers` hold. */
  readonly ownHost?: boolean
}

/** What happens to an exchange. Exactly one of `onEnd`, `onUpgrade` and `onFailure` is the last call. */
export interface ExchangeHandler {
  /** A 1xx other than 101. */
  onInformational(status: number, reason: string, headers: string[]): void
  /**
   * The final head. `headers` is flat, raw, without hop-by-hop fields and framing;
   * `length` is the number of body bytes that follow, -1 when unknown (chunked or until close).
   * For HEAD and 304 `contentLength` carries the field's value although no body follows.
   */
  onHead(
    status: number,
    reason: string,
    headers: string[],
    length: number,
    contentLength: number | undefined
  ): void
  /**
   * Body bytes, unframed; `false` pauses reading until `Exchange.resume()`. A piece that was already
   * read may still follow.
   */
  onData(chunk: Buffer, memory: ReadMemory): boolean
  /** All that is here was told, and the answer is not over: whoever gathers bytes may send them. */
  onQuiet?(): void
  /** The answer is complete. Trailers are flat, already filtered of framing and hop-by-hop fields. */
  onEnd(trailers: string[]): void
  /**
   * A verbatim 101, all its fields included: the socket is the caller's from here, paused; `head` are
   * bytes that followed.
   */
  onUpgrade(reason: string, headers: string[], socket: Socket, head: Buffer): void
  onFailure(failure: Failure): void
  /** After `write` returned false: more may be written. */
  onDrain(): void
}

export type FailurePhase = 'connect' | 'send' | 'head' | 'body'

export type FailureReason =
  | 'refused'
  | 'unreachable'
  | 'connect-timeout'
  /** This process, or this machine, can open no more connections: nothing that the task could help. */
  | 'no-descriptor'
  | 'reset'
  | 'closed'
  | 'first-byte-timeout'
  | 'idle-timeout'
  | 'bad-answer'
  | 'pool-full'
  | 'pool-closed'
  /** The endpoint left the table: the request had not been sent yet, or its time to finish is over. */
  | 'drained'
  /** The request can't be written, or its body broke the announced length: our side's fault. */
  | 'bad-request'

/** Why an attempt failed, with what is needed to judge whether it may be repeated. */
export interface Failure {
  readonly phase: FailurePhase
  readonly reason: FailureReason
  /** The connection had carried a request before. */
  readonly reused: boolean
  /** Bytes of the request (head and body) handed to the kernel. */
  readonly bytesSent: number
  /** Bytes of the answer read, 1xx included. */
  readonly bytesRead: number
  readonly cause?: unknown
}

/**
 * One running request to one task. No callback comes from within `write`, `end`, `abort` or the call that
 * made it.
 */
export interface Exchange {
  /** Sends body bytes; false: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  /** Ends the body; trailers (flat) only with `body: 'chunked'`. */
  end(trailers?: readonly string[]): void
  /** Continues reading after `onData` returned false. */
  resume(): void
  /** Client gone: closes the connection to the task at once; no further callback. */
  abort(): void
}
