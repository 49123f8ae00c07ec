import type { AddressInfo } from 'node:net'
import { forwardedRequestHeaders } from '../../gateway/http/forwarded.ts'
import { isIdempotent } from '../../gateway/http/methods.ts'
import type { TrustedPeers } from '../../gateway/http/trusted-peers.ts'
import { forward } from '../../gateway/http/upstream/forward.ts'
import type { UpstreamClient } from '../../gateway/http/upstream/upstream-client.ts'
import { forwardedTarget } from '../../gateway/model/rewrite.ts'
import type { Table } from '../../gateway/model/table.ts'
import { rawAnswer, replyAnswer } from './answer.ts'
import { ClientExchange, type ExchangeContext } from './client-exchange.ts'
import type { HookedRequest } from './full-lane.ts'
import { isSecure } from './guards.ts'
import type { TimeoutsOf } from './timeouts.ts'

export interface ForwarderParts {
  readonly context: ExchangeContext
  readonly client: UpstreamClient
  readonly timeoutsOf: TimeoutsOf
  readonly trusted: TrustedPeers
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
    const headers = outgoingHeaders(hooked, parts.trusted)
    const timeouts = parts.timeoutsOf(parts.table(), route)
    const exchange = new ClientExchange(context, {
      req,
      res,
      intake,
      idleMs: timeouts.idleMs,
      secure: route.hsts !== undefined && isSecure(req, parts.trusted),
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

function outgoingHeaders({ req, intake, head }: HookedRequest, trusted: TrustedPeers): string[] {
  const { socket } = req
  const peer = socket.remoteAddress ?? ''
  const headers = forwardedRequestHeaders(head?.flat ?? req.rawHeaders, {
    peer,
    trusted: trusted(peer),
    proto: 'http',
    host: head?.get('host') ?? intake.clean.host,
    port: (socket.address() as AddressInfo).port ?? 0,
    trailers: intake.clean.framing === 'chunked'
  })
  // Host comes first.
  const { rewrite } = intake.route
  if (rewrite?.host !== undefined) headers[1] = rewrite.host
  return headers
}
