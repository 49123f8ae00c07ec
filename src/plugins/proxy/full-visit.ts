import type { IncomingMessage, ServerResponse } from 'node:http'
import { type GatewayErrorName, gatewayErrors } from '../../gateway/http/errors.ts'
import type { RawHead } from '../../gateway/http/hygiene.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { Outcome } from '../../gateway/plugin.ts'
import type { Visit } from './admission.ts'
import { closeAfter } from './closing.ts'
import type { FullLane } from './full-lane.ts'
import { giveAnswer } from './give-answer.ts'
import type { Intake } from './intake.ts'
import { ownOutcome } from './outcomes.ts'
import { errorOwnAnswer, movedAnswer, type OwnAnswer, serverOptionsAnswer } from './own-answer.ts'
import type { Peer, Peers } from './peer.ts'

export interface FullVisitTools {
  readonly peers: Peers
  lane(): FullLane
  /** While the gateway stops, the last answer that a connection owes closes it. */
  closeIfLast(req: IncomingMessage, res: ServerResponse): void
  report(outcome: Outcome): void
}

/**
 * Where such a request ends is a matter of opinion: what follows on its connection is not read
 * (RFC 9112 §6.3).
 */
const UNCLEAR_END: ReadonlySet<GatewayErrorName> = new Set([
  'badFraming',
  'transferCoding',
  'version'
])

/** A request that Node's HTTP server announced. */
export class FullVisit implements Visit {
  readonly #tools: FullVisitTools
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #upgrade: boolean

  constructor(tools: FullVisitTools, req: IncomingMessage, res: ServerResponse, upgrade: boolean) {
    this.#tools = tools
    this.#req = req
    this.#res = res
    this.#upgrade = upgrade
  }

  get peer(): Peer {
    return this.#tools.peers.of(this.#req)
  }

  get gone(): boolean {
    return this.#res.destroyed
  }

  refuse(name: GatewayErrorName, route?: Route, id?: string): void {
    const res = this.#res
    if (UNCLEAR_END.has(name) && !res.headersSent) closeAfter(this.#req, res)
    if (res.headersSent) res.destroy()
    else this.#give(errorOwnAnswer(name, this.#req.headers.accept, route, id))
    this.answered(route, gatewayErrors[name].code)
  }

  move(location: string, route: Route): void {
    this.#give(movedAnswer(location))
    this.answered(route)
  }

  answerOptions(): void {
    this.#give(serverOptionsAnswer)
  }

  leave(route: Route): void {
    this.answered(route, undefined, true)
  }

  enter(intake: Intake): void {
    this.#tools.lane().enter(this.#req, this.#res, intake, this.#upgrade)
  }

  #give(answer: OwnAnswer): void {
    this.#tools.closeIfLast(this.#req, this.#res)
    giveAnswer(this.#req, this.#res, answer)
  }

  /** Tells of a request that no task was asked for. */
  answered(route: Route | undefined, code?: string, aborted = false): void {
    const { method = '', url = '', headers } = this.#req
    const { host } = headers
    const { statusCode: status } = this.#res
    const client = this.peer.address
    const { report } = this.#tools
    report(ownOutcome({ method, host, target: url, status, code, route, client, aborted }))
  }
}

export function headOf(req: IncomingMessage): RawHead {
  const { method = '', url = '', httpVersion, rawHeaders } = req
  return { method, target: url, httpVersion, rawHeaders }
}
