import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Balancer } from '../../gateway/balance/balancer.ts'
import type { Outcome } from '../../gateway/plugin.ts'
import type { Answer } from './answer.ts'
import type { ClientBodyTools } from './client-body.ts'
import type { Departures } from './departures.ts'
import type { Intake } from './intake.ts'
import type { Laggards } from './laggards.ts'
import type { Tunnels } from './tunnels.ts'

/** What every exchange of a front door needs. */
export interface ExchangeContext {
  readonly balancer: Balancer
  readonly departures: Departures
  readonly laggards: Laggards
  readonly body: Pick<ClientBodyTools, 'wheel' | 'bodyRules'>
  readonly tunnels: Tunnels
  readonly tunnelIdleMs: number
  /** While the gateway stops, the last answer that a connection owes closes it. */
  closeIfLast(req: IncomingMessage, res: ServerResponse): void
  report(outcome: Outcome): void
  /** @returns the id of the fault in the log */
  noteFault(error: unknown, target: string): string
}

/** The client's side of one request. */
export interface ClientSide {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly intake: Intake
  /** Address of whoever connected. */
  readonly client: string
  /** Longest time in which the client may take nothing of the answer. */
  readonly idleMs: number
  /** The client uses TLS; asked on routes with `hsts` only. */
  readonly secure: boolean
  /** Begins the answer; once at most, and only when its head is here. */
  answer(onDrain: () => void): Answer
}
