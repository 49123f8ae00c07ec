import type { Socket } from 'node:net'
import { type GatewayErrorName, gatewayErrors } from '../../gateway/http/errors.ts'
import type { ReadMemory } from '../../gateway/http/read-memory.ts'
import type {
  Forward,
  ForwardFailure,
  ForwardHandler
} from '../../gateway/http/upstream/forward-contract.ts'
import type { Endpoint } from '../../gateway/model/route.ts'
import type { Answer } from './answer.ts'
import { clientFields } from './answer-fields.ts'
import { fieldLines, statusLine } from './answer-text.ts'
import { ClientBody, type ClientBodyTools } from './client-body.ts'
import type { Watcher } from './departures.ts'
import type { ClientSide, ExchangeContext } from './exchange-context.ts'
import { errorOf } from './failure-name.ts'
import { giveAnswer } from './give-answer.ts'
import { exchangeOutcome } from './outcomes.ts'
import { errorOwnAnswer } from './own-answer.ts'
import { SlowClient } from './slow-client.ts'

/**
 * One request between a client and the tasks: carries bytes both ways with back-pressure, notices
 * when either side goes away, and accounts for the outcome exactly once.
 */
export class ClientExchange implements ForwardHandler, Watcher {
  readonly #context: ExchangeContext
  readonly #side: ClientSide
  #answer: Answer | undefined
  readonly #startedAt = Date.now()
  #forward: Forward | undefined
  #endpoint: Endpoint | undefined
  #status = 0
  #code: string | undefined
  /** None of a request without one. */
  #body: ClientBody | undefined
  /** None while its client keeps nobody waiting. */
  #slow: SlowClient | undefined
  #bytesOut = 0
  #upgraded = false
  #isOver = false

  constructor(context: ExchangeContext, side: ClientSide) {
    this.#context = context
    this.#side = side
    context.departures.watch(side.req.socket, this)
    side.res.on('close', () => this.#over(!side.res.writableFinished))
  }

  /** @param start begins to carry the request to a task, with this exchange as its handler */
  carry(start: () => Forward): void {
    const { intake, req } = this.#side
    if (intake.clean.framing === 'none') {
      this.#forward = start()
      return
    }
    this.#body = new ClientBody(req, intake.clean, this.#bodyTools())
    this.#body.carry(() => {
      this.#forward = start()
      return this.#forward
    })
  }

  pick(tried: readonly Endpoint[]): Endpoint | undefined {
    const { route, facts } = this.#side.intake
    return this.#context.balancer.pick(route, facts, tried)?.endpoint
  }

  onChosen(endpoint: Endpoint): void {
    this.#endpoint = endpoint
  }

  onInformational(status: number, reason: string, headers: string[]): void {
    const { req, res, intake } = this.#side
    // A pipelined answer has no socket before its turn; RFC 9110 §15.2 lets a proxy drop a 1xx then.
    if (res.socket === null || req.httpVersion === '1.0') return
    if (status === 100 && !intake.clean.expectContinue) return
    res.socket.write(headText(status, reason, headers), 'latin1')
  }

  onHead(
    status: number,
    reason: string,
    given: string[],
    length: number,
    contentLength: number | undefined
  ): void {
    const { req, res, intake, secure } = this.#side
    const { method } = intake.facts
    const cookie = this.#stickyCookie()
    const facts = { method, status, length, contentLength, secure, cookie }
    const headers = clientFields(given, intake.route, facts)
    this.#status = status
    this.#body?.untimed()
    this.#context.closeIfLast(req, res)
    this.#answer = this.#side.answer(() => this.#onTaken())
    this.#answer.head(facts, reason, headers)
  }

  onData(chunk: Buffer, memory: ReadMemory): boolean {
    this.#bytesOut += chunk.length
    const more = this.#answer?.data(chunk, memory) ?? true
    // The upstream client doesn't count this time as the task's; Node closes at the timeout.
    if (!more) {
      this.#side.req.socket.setTimeout(this.#side.idleMs)
      this.#slowClient().takesNothing(this, this.#endpoint)
    }
    return more
  }

  onQuiet(): void {
    this.#answer?.flush()
  }

  onEnd(trailers: string[]): void {
    this.#slow?.leave()
    this.#answer?.end(trailers)
  }

  onUpgrade(reason: string, headers: string[], task: Socket, head: Buffer): void {
    const { res } = this.#side
    const client = res.socket
    if (client === null) {
      task.destroy()
      return
    }
    this.#upgraded = true
    this.#context.departures.unwatch(client, this)
    this.#slow?.leave()
    this.#status = 101
    res.detachSocket(client)
    const { tunnels, tunnelIdleMs: idleMs } = this.#context
    const opening = Buffer.from(headText(101, reason, headers), 'latin1')
    const ends = { client, task, idleMs, opening, head }
    tunnels.open(this.#endpoint as Endpoint, ends, () => this.#report(false))
  }

  onFailure(failure: ForwardFailure): void {
    const name = errorOf(failure, this.#body?.held ?? false)
    this.#code = gatewayErrors[name].code
    if (this.#answer !== undefined) this.#answer.cut()
    else this.#answerError(name)
  }

  onDrain(): void {
    this.#body?.drained()
  }

  onFault(error: unknown): void {
    this.fail('internal', this.#context.noteFault(error, this.#side.req.url ?? ''))
  }

  fail(name: GatewayErrorName, id?: string): void {
    const { res } = this.#side
    this.#forward?.abort()
    this.#slow?.leave()
    this.#code = gatewayErrors[name].code
    if (res.headersSent) res.destroy()
    else this.#answerError(name, id)
  }

  /** The client takes more of the answer. */
  #onTaken(): void {
    this.#side.req.socket.setTimeout(0)
    this.#slow?.takes()
    this.#forward?.resume()
  }

  #slowClient(): SlowClient {
    this.#slow ??= new SlowClient(this.#context.laggards)
    return this.#slow
  }

  #bodyTools(): ClientBodyTools {
    const { idleMs } = this.#side
    return {
      ...this.#context.body,
      idleMs,
      onAwaited: (isAwaited) => {
        if (isAwaited) this.#slowClient().sends(this, this.#endpoint, this.#body?.bytes)
        else this.#slow?.sends(undefined)
      },
      onLate: () => this.fail('requestTimeout'),
      onFault: (error) => this.onFault(error)
    }
  }

  #answerError(name: GatewayErrorName, id?: string): void {
    const { req, res } = this.#side
    this.#body?.untimed()
    this.#status = gatewayErrors[name].status
    this.#context.closeIfLast(req, res)
    giveAnswer(req, res, errorOwnAnswer(name, req.headers.accept, undefined, id))
  }

  #stickyCookie(): string | undefined {
    const { route, facts } = this.#side.intake
    return this.#endpoint && this.#context.balancer.setCookie(route, this.#endpoint, facts)
  }

  /** The client sends no more, and so wants no more. */
  onGone(): void {
    const { res } = this.#side
    // What was said to its end still goes out; what has no turn never will.
    if (res.writableEnded && res.socket !== null) return
    this.#over(true)
    res.destroy()
  }

  #over(aborted: boolean): void {
    if (this.#upgraded || this.#isOver) return
    this.#isOver = true
    this.#context.departures.unwatch(this.#side.req.socket, this)
    this.#body?.untimed()
    this.#slow?.leave()
    if (aborted) this.#forward?.abort()
    this.#report(aborted)
  }

  #report(aborted: boolean): void {
    const { intake, res, client } = this.#side
    const outcome = exchangeOutcome({
      intake,
      startedAt: this.#startedAt,
      // Hooks may have changed it.
      status: res.headersSent ? res.statusCode : this.#status,
      code: this.#code,
      endpoint: this.#endpoint,
      forward: this.#forward,
      bytesIn: this.#body?.bytes ?? 0,
      bytesOut: this.#bytesOut,
      client,
      aborted
    })
    this.#context.report(outcome)
  }
}

function headText(status: number, reason: string, headers: readonly string[]): string {
  return `${statusLine(status, reason)}${fieldLines(headers)}\r\n`
}
