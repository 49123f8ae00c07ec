import { type GatewayErrorName, gatewayErrors } from '../../../gateway/http/errors.ts'
import type { ReadMemory } from '../../../gateway/http/read-memory.ts'
import { forward } from '../../../gateway/http/upstream/forward.ts'
import type {
  Forward,
  ForwardFailure,
  ForwardHandler,
  ForwardRequest
} from '../../../gateway/http/upstream/forward-contract.ts'
import type { Endpoint, Route } from '../../../gateway/model/route.ts'
import type { Visit } from '../admission.ts'
import { clientFields } from '../answer-fields.ts'
import { errorOf } from '../failure-name.ts'
import { isSecure } from '../guards.ts'
import type { Intake } from '../intake.ts'
import { errorOwnAnswer, movedAnswer, type OwnAnswer, serverOptionsAnswer } from '../own-answer.ts'
import type { Peer } from '../peer.ts'
import { fieldValue } from '../request-facts.ts'
import { type AnswerOwner, AnswerWriter } from './answer-writer.ts'
import { RequestBody } from './request-body.ts'
import type { PlainHead } from './request-head.ts'
import { WireAccount } from './wire-account.ts'
import type { Afterwards, WireClient } from './wire-client.ts'
import type { WireContext } from './wire-context.ts'

/**
 * One request on a plain socket: carries bytes both ways with back-pressure, and accounts for the
 * outcome exactly once. The meaning is that of `ClientExchange`.
 */
export class WireExchange implements Visit, ForwardHandler, AnswerOwner {
  readonly peer: Peer
  readonly body: RequestBody
  readonly #context: WireContext
  readonly #client: WireClient
  readonly #head: PlainHead
  readonly answer: AnswerWriter
  readonly account: WireAccount
  #intake: Intake | undefined
  #forward: Forward | undefined
  #idleMs = 0
  gone = false
  #then: Afterwards = 'keep'

  constructor(context: WireContext, client: WireClient, head: PlainHead) {
    this.#context = context
    this.#client = client
    this.#head = head
    this.peer = client.peer
    this.account = new WireAccount(head, client.peer.address)
    this.body = new RequestBody(head.fields, client)
    this.answer = new AnswerWriter(this, client.writer, context.texts, client.idle)
  }

  /** Something of the answer was said. */
  get begun(): boolean {
    return this.account.status !== 0
  }

  /** The answers before it are out. */
  takeTurn(): void {
    this.answer.takeTurn()
    this.#forward?.resume()
  }

  /** The client takes more. */
  drained(): void {
    this.#forward?.resume()
  }

  /** The client went away. */
  abandon(): void {
    if (this.gone) return
    this.gone = true
    // Else the guards are at work, and tell of it.
    if (this.#intake === undefined) return
    this.body.throwAway()
    this.#forward?.abort()
    this.#tell(true)
  }

  refuse(name: GatewayErrorName, route?: Route, id?: string): void {
    if (this.gone) return
    const accept = fieldValue(this.#head.rawHeaders, 'accept')
    this.#ownOnly(errorOwnAnswer(name, accept, route, id), route, gatewayErrors[name].code)
  }

  move(location: string, route: Route): void {
    this.#ownOnly(movedAnswer(location), route)
  }

  answerOptions(): void {
    this.account.silence()
    this.#own(serverOptionsAnswer)
  }

  leave(route: Route): void {
    this.#context.report(this.account.own(route, undefined, true))
  }

  enter(intake: Intake): void {
    this.#intake = intake
    try {
      const { rawHeaders: raw, outgoing: memory } = this.#head
      const { target, host } = intake.clean
      const source = { target, host, raw, upgrade: false, checked: true, memory }
      const request = this.#context.outgoing(intake, this.peer, source)
      this.#idleMs = request.timeouts.idleMs
      const start = () => this.#start(request, intake)
      this.body.carry(start, intake.clean, this.#context.bodyRules, this.#idleMs)
    } catch (error) {
      this.#failInside(error, intake)
    }
  }

  pick(tried: readonly Endpoint[]): Endpoint | undefined {
    const { route, facts } = this.#intake as Intake
    return this.#context.balancer.pick(route, facts, tried)?.endpoint
  }

  onChosen(endpoint: Endpoint): void {
    this.account.endpoint = endpoint
  }

  onInformational(status: number, reason: string, headers: string[]): void {
    if (status === 100 && this.#intake?.clean.expectContinue !== true) return
    this.answer.informational(status, reason, headers)
  }

  onHead(
    status: number,
    reason: string,
    given: string[],
    length: number,
    contentLength: number | undefined
  ): void {
    const { route, facts } = this.#intake as Intake
    const { method } = facts
    const { endpoint } = this.account
    const cookie = endpoint && this.#context.balancer.setCookie(route, endpoint, facts)
    const secure = route.hsts !== undefined && isSecure(facts, this.peer)
    const about = { method, status, length, contentLength, secure, cookie }
    const fields = clientFields(given, route, about)
    this.account.status = status
    this.#then = this.#client.afterwards(this)
    this.answer.head(about, reason, fields, this.#then !== 'keep')
  }

  onData(chunk: Buffer, memory: ReadMemory): boolean {
    const more = this.answer.data(chunk, memory)
    if (!more && this.answer.inTurn) {
      this.#client.waitForClient(this.#idleMs, this, this.account.endpoint)
    }
    return more
  }

  onQuiet(): void {
    this.answer.flush()
  }

  onEnd(trailers: string[]): void {
    // The task answered before it had read all: the client may be sending for long yet.
    if (!this.body.read) this.#then = 'linger'
    this.answer.end(trailers)
  }

  /** Plain requests ask for none. */
  onUpgrade(): void {}

  onFailure(failure: ForwardFailure): void {
    this.fail(errorOf(failure, this.body.held))
  }

  onFault(error: unknown): void {
    this.fail('internal', this.#context.noteFault(error, this.#head.target))
  }

  /** Ms in which more of the body has to come; undefined: nobody waits for it. */
  leftMs(nowMs: number): number | undefined {
    return this.begun ? undefined : this.body.leftMs(nowMs)
  }

  /** Ends the request with an error of the gateway's own. */
  fail(name: GatewayErrorName, id?: string): void {
    this.#forward?.abort()
    this.body.throwAway()
    this.account.note(name)
    if (!this.begun) {
      const accept = fieldValue(this.#head.rawHeaders, 'accept')
      this.#own(errorOwnAnswer(name, accept, undefined, id))
      return
    }
    this.#then = 'cut'
    this.answer.cut()
  }

  onDrain(): void {
    this.body.drained(this.#context.wheel.now())
  }

  onWaiting(): void {
    this.#client.waitForClient(this.#idleMs)
  }

  onAnswered(whole: boolean): void {
    if (this.gone) return
    this.gone = true
    this.#tell(!whole)
    this.#client.answered(this.#then)
  }

  #start(request: ForwardRequest, intake: Intake): Forward | undefined {
    try {
      this.#forward = forward(this.#context.tools, request, this)
    } catch (error) {
      this.#failInside(error, intake)
    }
    return this.#forward
  }

  #failInside(error: unknown, { clean, route }: Intake): void {
    this.refuse('internal', route, this.#context.noteFault(error, clean.target))
  }

  /** An answer instead of a task's. */
  #ownOnly(answer: OwnAnswer, route: Route | undefined, code?: string): void {
    this.account.status = answer.status
    this.#context.report(this.account.own(route, code))
    this.#own(answer)
  }

  /** What of the body is unread is not waited for. */
  #own({ status, fields, body }: OwnAnswer): void {
    this.#then = this.body.read ? this.#client.afterwards(this) : 'linger'
    this.account.status = status
    const all = [...fields, 'Content-Length', `${Buffer.byteLength(body)}`]
    const shown = this.#head.method === 'HEAD' ? '' : body
    this.answer.own(status, all, shown, this.#then !== 'keep')
  }

  #tell(aborted: boolean): void {
    const moved = { bytesIn: this.body.bytes, bytesOut: this.answer.bytes, aborted }
    const outcome = this.account.close(this.#intake, this.#forward, moved)
    if (outcome !== undefined) this.#context.report(outcome)
  }
}
