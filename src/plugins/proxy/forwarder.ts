import type { IncomingMessage } from 'node:http'
import { forward } from '../../gateway/http/upstream/forward.ts'
import type { ForwardTools } from '../../gateway/http/upstream/forward-tools.ts'
import { type Answer, rawAnswer, replyAnswer } from './answer.ts'
import { ClientExchange } from './client-exchange.ts'
import { DirectAnswer, type DirectTools, mayBeDirect } from './direct-answer.ts'
import type { ExchangeContext } from './exchange-context.ts'
import type { HookedRequest } from './full-lane.ts'
import { isSecure } from './guards.ts'
import type { Outgoing } from './outgoing.ts'
import type { Peer } from './peer.ts'
import type { AnswerTexts } from './wire/answer-writer.ts'

export interface ForwarderParts {
  readonly context: ExchangeContext
  readonly tools: ForwardTools
  readonly outgoing: Outgoing
  readonly texts: AnswerTexts
  peerOf(req: IncomingMessage): Peer
}

/** Makes the function that sends a request, whose hooks have run, to a task of its route. */
export function createForwarder(parts: ForwarderParts): (hooked: HookedRequest) => ClientExchange {
  const { context, outgoing } = parts
  return (hooked) => {
    const { req, res, intake, head, upgrade } = hooked
    const { route, facts, clean } = intake
    const peer = parts.peerOf(req)
    const request = outgoing(intake, peer, {
      target: head?.target ?? clean.target,
      host: head?.get('host') ?? clean.host,
      raw: head?.flat ?? req.rawHeaders,
      upgrade,
      checked: false
    })
    const hasBody = clean.framing !== 'none'
    const exchange = new ClientExchange(context, {
      req,
      res,
      intake,
      client: peer.address,
      idleMs: request.timeouts.idleMs,
      secure: route.hsts !== undefined && isSecure(facts, peer),
      answer: (onDrain) => answerTo(hooked, peer, { texts: parts.texts, hasBody, onDrain })
    })
    exchange.carry(() => forward(parts.tools, request, exchange))
    return exchange
  }
}

function answerTo(
  { req, res, reply }: HookedRequest,
  { behindHaproxy }: Peer,
  tools: DirectTools
): Answer {
  if (reply !== undefined) return replyAnswer(reply, tools.onDrain)
  // Behind HAProxy, connections are kept for longer than the texts say.
  if (!behindHaproxy && mayBeDirect(req, res)) return new DirectAnswer(req, res, tools)
  return rawAnswer(req, res, tools.onDrain)
}
