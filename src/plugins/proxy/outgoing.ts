import { forwardedRequestHeaders } from '../../gateway/http/forwarded.ts'
import { isIdempotent } from '../../gateway/http/methods.ts'
import type { ForwardRequest } from '../../gateway/http/upstream/forward-contract.ts'
import { forwardedTarget } from '../../gateway/model/rewrite.ts'
import type { Table } from '../../gateway/model/table.ts'
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
}

/** Makes the request that a task gets. */
export type Outgoing = (intake: Intake, peer: Peer, source: OutgoingSource) => ForwardRequest

export function createOutgoing({ timeoutsOf, ownHost, table }: OutgoingParts): Outgoing {
  return ({ route, facts, clean, key }, peer, { target, host, raw, upgrade, checked }) => {
    const headers = forwardedRequestHeaders(raw, {
      peer: peer.address,
      trusted: peer.trusted,
      proto: peer.proto,
      host,
      port: peer.port,
      trailers: clean.framing === 'chunked'
    })
    // Host comes first.
    const rewritten = route.rewrite?.host
    if (rewritten !== undefined) headers[1] = rewritten
    return {
      method: facts.method,
      target: forwardedTarget(target, route, key),
      headers,
      body: clean.framing,
      upgrade,
      ownHost,
      // A rewriting comes from a label.
      checked: checked && route.rewrite === undefined,
      timeouts: timeoutsOf(table(), route),
      idempotent: isIdempotent(facts.method, headers)
    }
  }
}
