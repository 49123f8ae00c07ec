import type { Balancer } from '../../../gateway/balance/balancer.ts'
import type { GatewayErrorName } from '../../../gateway/http/errors.ts'
import type { ReadBuffers } from '../../../gateway/http/read-memory.ts'
import type { ForwardTools } from '../../../gateway/http/upstream/forward-tools.ts'
import type { Wheel } from '../../../gateway/http/upstream/wheel.ts'
import type { Outcome } from '../../../gateway/plugin.ts'
import type { Admission } from '../admission.ts'
import type { BodyRules } from '../body-pace.ts'
import type { FrontListener } from '../front-listeners.ts'
import type { Laggards } from '../laggards.ts'
import type { Outgoing } from '../outgoing.ts'
import type { AnswerTexts } from './answer-writer.ts'

/**
 * Pipelined requests that may wait for their answers; further ones are not read until then. Each may have a
 * piece of its answer here.
 */
export const MOST_OWED = 16

/** What the wire lane shares with the rest of the front door. */
export interface WireContext {
  readonly admission: Admission
  readonly balancer: Balancer
  readonly tools: ForwardTools
  readonly outgoing: Outgoing
  readonly limits: WireLimits
  readonly bodyRules: BodyRules
  readonly laggards: Laggards
  readonly listener: FrontListener
  readonly wheel: Wheel
  readonly buffers: ReadBuffers
  readonly texts: AnswerTexts
  /** Every request is for the full lane, as soon as its head is here. */
  readonly headsOnly: boolean
  /** True while the gateway stops: the last answer that a connection owes closes it. */
  stopping(): boolean
  report(outcome: Outcome): void
  /** @returns the id of the fault in the log */
  noteFault(error: unknown, target: string): string
  /** A client's bytes were refused without a route. */
  onRefused(name: GatewayErrorName, peer: string): void
}

export interface WireLimits {
  /** Longest time for the head of a request, from its first byte or from the connection. */
  readonly headTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number
  /** Larger heads are for the full lane. */
  readonly maxHeadBytes: number
  readonly maxFields: number
}
