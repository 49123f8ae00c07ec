import { forwardedRequestHeaders } from '../../gateway/http/forwarded.ts'
import { isIdempotent } from '../../gateway/http/methods.ts'
import type { ForwardRequest } from '../../gateway/http/upstream/forward-contract.ts'
import { forwardedTarget } from '../../gateway/model/rewrite.ts'
import type { Table } from '../../gateway/model/table.ts'
import { fieldLines } from './answer-text.ts'
import type { Intake } from './intake.ts'
import type { Peer } from './peer.ts'
import type { TimeoutsOf } from './timeouts.ts'

export interface OutgoingParts {
  readonly timeoutsOf: TimeoutsOf
  /** Send the endpoint's own address as Host. */
  readonly ownHost: boolean
  table(): Table
}

/** The head of a request as it is to be forwarded, before the gateway's own changes. */
export interface OutgoingSource {
  readonly target: string
  readonly host: string | undefined
  /** Flat: name, value, name, value. */
  readonly raw: readonly string[]
  readonly upgrade: boolean
  /** The fields come from a strict parser. */
  readonly checked: boolean
  /** Of the same fields, on the same connection. */
  readonly memory?: OutgoingMemory
}

/** What fields become on their way, kept for when they come again on their connection. */
export interface OutgoingMemory {
  headers: readonly string[] | undefined
  /** The lines of `headers`. */
  lines: string | undefined
}

/** Field lines as one piece of text, not as a tree of pieces. */
export function forwardedLines(headers: readonly string[]): string {
  return Buffer.from(fieldLines(headers), 'latin1').toString('latin1')
}

/** Makes the request that a task gets. */
export type Outgoing = (intake: Intake, peer: Peer, source: OutgoingSource) => ForwardRequest

export function createOutgoing({ timeoutsOf, ownHost, table }: OutgoingParts): Outgoing {
  return ({ route, facts, clean, key }, peer, source) => {
    const { host, raw, upgrade, memory } = source
    const forwarded =
      memory?.headers ??
      forwardedRequestHeaders(raw, {
        peer: peer.address,
        trusted: peer.trusted,
        proto: peer.proto,
        host,
        port: peer.port,
        trailers: clean.framing === 'chunked'
      })
    if (memory !== undefined) memory.headers = forwarded
    const rewritten = route.rewrite?.host
    // Host comes first.
    const headers = rewritten === undefined ? forwarded : forwarded.with(1, rewritten)
    // A rewriting comes from a label.
    const checked = source.checked && route.rewrite === undefined
    return {
      method: facts.method,
      target: forwardedTarget(source.target, route, key),
      headers,
      body: clean.framing,
      upgrade,
      ownHost,
      checked,
      fieldLines: checked ? memory?.lines : undefined,
      timeouts: timeoutsOf(table(), route),
      idempotent: isIdempotent(facts.method, headers),
      route
    }
  }
}
