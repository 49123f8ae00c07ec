import type { IncomingMessage } from 'node:http'
import { forward } from '../../gateway/http/upstream/forward.ts'
import type { ForwardTools } from '../../gateway/http/upstream/forward-tools.ts'
import { rawAnswer, replyAnswer } from './answer.ts'
import { ClientExchange, type ExchangeContext } from './client-exchange.ts'
import type { HookedRequest } from './full-lane.ts'
import { isSecure } from './guards.ts'
import type { Outgoing } from './outgoing.ts'
import type { Peer } from './peer.ts'

export interface ForwarderParts {
  readonly context: ExchangeContext
  readonly tools: ForwardTools
  readonly outgoing: Outgoing
  peerOf(req: IncomingMessage): Peer
}

/** Makes the function that sends a request, whose hooks have run, to a task of its route. */
export function createForwarder(parts: ForwarderParts): (hooked: HookedRequest) => ClientExchange {
  const { context, outgoing } = parts
  return ({ req, res, intake, head, reply, upgrade }) => {
    const { route, facts, clean } = intake
    const peer = parts.peerOf(req)
    const request = outgoing(intake, peer, {
      target: head?.target ?? clean.target,
      host: head?.get('host') ?? clean.host,
      raw: head?.flat ?? req.rawHeaders,
      upgrade,
      checked: false
    })
    const exchange = new ClientExchange(context, {
      req,
      res,
      intake,
      client: peer.address,
      idleMs: request.timeouts.idleMs,
      secure: route.hsts !== undefined && isSecure(facts, peer),
      answer: (onDrain) =>
        reply === undefined ? rawAnswer(req, res, onDrain) : replyAnswer(reply, onDrain)
    })
    exchange.carry(() => forward(parts.tools, request, exchange))
    return exchange
  }
}
