import { forwardedRequestHeaders } from '../../gateway/http/forwarded.ts'
import { isIdempotent } from '../../gateway/http/methods.ts'
import { forward } from '../../gateway/http/upstream/forward.ts'
import type { UpstreamClient } from '../../gateway/http/upstream/upstream-client.ts'
import { forwardedTarget } from '../../gateway/model/rewrite.ts'
import type { Table } from '../../gateway/model/table.ts'
import { rawAnswer, replyAnswer } from './answer.ts'
import { ClientExchange, type ExchangeContext } from './client-exchange.ts'
import type { HookedRequest } from './full-lane.ts'
import { isSecure } from './guards.ts'
import type { Peer, Peers } from './peer.ts'
import type { TimeoutsOf } from './timeouts.ts'

export interface ForwarderParts {
  readonly context: ExchangeContext
  readonly client: UpstreamClient
  readonly timeoutsOf: TimeoutsOf
  readonly peers: Peers
  /** Send the endpoint's own address as Host. */
  readonly ownHost: boolean
  readonly maxAttempts: number
  readonly replayBytes: number
  table(): Table
}

/** Makes the function that sends a request, whose hooks have run, to a task of its route. */
export function createForwarder(parts: ForwarderParts): (hooked: HookedRequest) => ClientExchange {
  const { context, client } = parts
  const { balancer } = context
  const settings = { maxAttempts: parts.maxAttempts, replayBytes: parts.replayBytes }
  return (hooked) => {
    const { req, res, intake, head, reply, upgrade } = hooked
    const { route, facts, clean, key } = intake
    const target = head?.target ?? clean.target
    const peer = parts.peers.of(req)
    const headers = outgoingHeaders(hooked, peer)
    const timeouts = parts.timeoutsOf(parts.table(), route)
    const exchange = new ClientExchange(context, {
      req,
      res,
      intake,
      client: peer.address,
      idleMs: timeouts.idleMs,
      secure: route.hsts !== undefined && isSecure(req, peer),
      answer: (onDrain) =>
        reply === undefined ? rawAnswer(req, res, onDrain) : replyAnswer(reply, onDrain)
    })
    exchange.carry(
      forward({
        client,
        request: {
          method: facts.method,
          target: forwardedTarget(target, route, key),
          headers,
          body: clean.framing,
          upgrade,
          ownHost: parts.ownHost,
          timeouts,
          idempotent: isIdempotent(facts.method, headers)
        },
        pick: (tried) => balancer.pick(route, facts, tried)?.endpoint,
        handler: exchange,
        settings,
        now: Date.now,
        onAttempt: (endpoint) => balancer.started(endpoint),
        onAttemptEnd: (endpoint) => balancer.ended(endpoint)
      })
    )
    return exchange
  }
}

function outgoingHeaders({ req, intake, head }: HookedRequest, peer: Peer): string[] {
  const headers = forwardedRequestHeaders(head?.flat ?? req.rawHeaders, {
    peer: peer.address,
    trusted: peer.trusted,
    proto: peer.proto,
    host: head?.get('host') ?? intake.clean.host,
    port: peer.port,
    trailers: intake.clean.framing === 'chunked'
  })
  // Host comes first.
  const { rewrite } = intake.route
  if (rewrite?.host !== undefined) headers[1] = rewrite.host
  return headers
}
