import {
  type Forward,
  type ForwardHandler,
  forward
} from '../../../gateway/http/upstream/forward.ts'
import type { Intake } from '../intake.ts'
import type { Peer } from '../peer.ts'
import type { WireContext } from './wire-context.ts'

export interface PlainSource {
  readonly intake: Intake
  readonly peer: Peer
  /** Flat: name, value, name, value. */
  readonly raw: readonly string[]
}

/** Sends a plain request to a task of its route; `idleMs` is the longest time without a byte. */
export function forwardPlain(
  { balancer, client, outgoing, forward: settings }: WireContext,
  { intake, peer, raw }: PlainSource,
  handler: ForwardHandler
): { readonly forward: Forward; readonly idleMs: number } {
  const { route, facts, clean } = intake
  const { target, host } = clean
  const request = outgoing(intake, peer, { target, host, raw, upgrade: false })
  const running = forward({
    client,
    request,
    pick: (tried) => balancer.pick(route, facts, tried)?.endpoint,
    handler,
    settings,
    now: Date.now,
    onAttempt: (endpoint) => balancer.started(endpoint),
    onAttemptEnd: (endpoint) => balancer.ended(endpoint)
  })
  return { forward: running, idleMs: request.timeouts.idleMs }
}
