import type { Socket } from 'node:net'
import type { Endpoint } from '../../model/route.ts'
import type { ReadMemory } from '../read-memory.ts'
import { type Breakable, ContainedHandler } from './contained-handler.ts'
import type { Failure } from './exchange.ts'
import type {
  Exhausted,
  Forward,
  ForwardFailure,
  ForwardHandler,
  ForwardRequest,
  Waiter
} from './forward-contract.ts'
import type { ForwardTools } from './forward-tools.ts'
import { type Attempt, failedAttempt, goodAttempt } from './ledger.ts'
import { diedReused, nothingSent, requestWithin } from './may-repeat.ts'
import { nextAfter } from './next-endpoint.ts'
import { RequestMemory } from './request-memory.ts'
import { Seat } from './seat.ts'
import type { MeasuredExchange } from './upstream-client.ts'

/**
 * Carries a request to one of the endpoints, and to another one when an attempt fails in a way that
 * can't have had an effect. Apart from `pick` and `onChosen`, no callback comes before this returns.
 */
export function forward(
  tools: ForwardTools,
  request: ForwardRequest,
  handler: ForwardHandler
): Forward {
  const run = new ForwardRun(tools, request, handler)
  run.begin()
  return run
}

const NONE: readonly never[] = []
const FRESH = { fresh: true } as const

class ForwardRun implements Forward, Breakable, Waiter {
  readonly #tools: ForwardTools
  #request: ForwardRequest
  readonly #handler: ForwardHandler
  readonly #contained = new ContainedHandler(this)
  /** None while there is nothing to keep. */
  #memory: RequestMemory | undefined
  #tried: readonly Endpoint[] = NONE
  #failed: readonly Attempt[] = NONE
  #attempts = 0
  /** Attempts that reached a task. */
  #sent = 0
  /** The attempt that runs is in the books. */
  #isCounted = false
  #endpoint: Endpoint | undefined
  #exchange: MeasuredExchange | undefined
  #startedAt = 0
  /** No further attempt begins from then on. */
  #deadline = 0
  /** Of the answer of the attempt that runs. */
  #status = 0
  #endedAt: number | undefined
  readonly #seat = new Seat()
  #outcome: 'running' | 'done' | 'aborted' | 'failed' = 'running'

  constructor(tools: ForwardTools, request: ForwardRequest, handler: ForwardHandler) {
    this.#tools = tools
    this.#request = request
    this.#handler = handler
    if (request.body !== 'none') this.#memory = new RequestMemory(tools.settings.replayBytes)
  }

  get ledger(): readonly Attempt[] {
    if (this.#exchange === undefined || this.#endpoint === undefined) return this.#failed
    const ms = (this.#endedAt ?? this.#tools.now()) - this.#startedAt
    return [...this.#failed, goodAttempt(this.#endpoint, this.#exchange, ms, this.#outcome)]
  }

  begin(): void {
    if (this.tryAgain()) return
    process.nextTick(() => {
      if (this.#outcome === 'running' && !this.#wait()) this.giveUp()
    })
  }

  get keptBytes(): number {
    return this.#memory?.mostBytes(this.#request.body) ?? 0
  }

  tryAgain(): boolean {
    const { failure } = this.#seat.before
    const last = this.#endpoint
    const next = failure && last ? this.#next(failure, last) : this.#handler.pick(this.#tried)
    if (next === undefined || typeof next === 'string') return false
    this.#attempt(next)
    this.#seat.left()
    return true
  }

  giveUp(): void {
    if (this.#outcome !== 'running' || this.#exchange !== undefined) return
    this.#seat.leave()
    this.#giveUp({ exhausted: 'no-endpoint', ...this.#seat.before })
  }

  write(chunk: Buffer): boolean {
    this.#memory?.keep(chunk)
    if (this.#exchange !== undefined) return this.#exchange.write(chunk)
    if (!this.#seat.taken) return true
    if (this.#memory?.replayable === false) process.nextTick(() => this.giveUp())
    return false
  }

  end(trailers?: readonly string[]): void {
    this.#memory?.keepEnd(trailers)
    this.#exchange?.end(trailers)
  }

  resume(): void {
    this.#exchange?.resume()
  }

  abort(): void {
    if (this.#outcome !== 'running') return
    this.#close('aborted')
    this.#seat.leave()
    this.#exchange?.abort()
  }

  onInformational(status: number, reason: string, headers: string[]): void {
    this.#memory?.forget()
    this.#handler.onInformational(status, reason, headers)
  }

  onHead(
    status: number,
    reason: string,
    headers: string[],
    length: number,
    contentLength: number | undefined
  ): void {
    this.#memory?.forget()
    this.#status = status
    this.#handler.onHead(status, reason, headers, length, contentLength)
  }

  onData(chunk: Buffer, memory: ReadMemory): boolean {
    return this.#handler.onData(chunk, memory)
  }

  onQuiet(): void {
    this.#handler.onQuiet?.()
  }

  onEnd(trailers: string[]): void {
    this.#close('done')
    this.#handler.onEnd(trailers)
  }

  onUpgrade(reason: string, headers: string[], socket: Socket, head: Buffer): void {
    this.#outcome = 'done'
    this.#status = 101
    this.#endedAt = this.#tools.now()
    socket.once('close', () => this.#uncount())
    this.#handler.onUpgrade(reason, headers, socket, head)
  }

  onDrain(): void {
    this.#handler.onDrain()
  }

  onFailure(failure: Failure): void {
    const endpoint = this.#endpoint
    if (endpoint === undefined) return
    this.#uncount(failure)
    this.#exchange = undefined
    this.#tried = [...this.#tried, endpoint]
    if (!nothingSent(failure)) this.#sent += 1
    const ms = this.#tools.now() - this.#startedAt
    const next = this.#next(failure, endpoint)
    const isOver = typeof next === 'string'
    const waits = next === 'no-endpoint' && this.#wait(failure)
    const then = isOver ? next : 'repeated'
    this.#failed = [...this.#failed, failedAttempt(endpoint, failure, ms, then)]
    if (waits) return
    if (isOver) this.#giveUp({ failure, exhausted: next })
    // A stale connection makes the next attempt take a fresh one: others may be just as stale.
    else this.#attempt(next, diedReused(failure) ? FRESH : undefined)
  }

  broken(error: unknown): void {
    this.#outcome = 'failed'
    this.#exchange?.abort()
    this.#memory?.forget()
    this.#uncount()
    this.#handler.onFault(error)
  }

  #attempt(endpoint: Endpoint, how?: typeof FRESH): void {
    const { client, keeper, now } = this.#tools
    const startedAt = now()
    this.#endpoint = endpoint
    this.#startedAt = startedAt
    keeper.started(endpoint, startedAt, this.#attempts > 0)
    this.#isCounted = true
    const isFirst = this.#attempts++ === 0
    if (isFirst) this.#deadline = startedAt + this.#request.timeouts.firstByteMs
    else this.#request = requestWithin(this.#request, this.#deadline - startedAt)
    this.#handler.onChosen(endpoint)
    if (this.#outcome !== 'running') return
    this.#exchange = client.send(endpoint, this.#request, this.#contained, how)
    const more = this.#memory?.replay(this.#exchange) ?? true
    // The lane may wait for a drain of the attempt before, or in vain while it had none.
    if (more && (!isFirst || this.#seat.taken)) {
      process.nextTick(() => this.#outcome === 'running' && this.#handler.onDrain())
    }
  }

  #next(failure: Failure, endpoint: Endpoint): Endpoint | Exhausted {
    return nextAfter(failure, endpoint, this.#tools.now(), {
      ...{ tools: this.#tools, request: this.#request, handler: this.#handler },
      ...{ tried: this.#tried, sent: this.#sent, deadline: this.#deadline },
      replayable: this.#memory?.replayable ?? true
    })
  }

  #wait(failure?: Failure): boolean {
    if (this.#memory?.replayable === false) return false
    const longestMs = failure ? this.#deadline - this.#tools.now() : Number.POSITIVE_INFINITY
    return this.#seat.take(this.#tools.room, this.#request.route, this, longestMs, failure)
  }

  #giveUp(failure: ForwardFailure): void {
    this.#outcome = 'failed'
    this.#memory?.forget()
    this.#handler.onFailure(failure)
  }

  #close(outcome: 'done' | 'aborted'): void {
    this.#outcome = outcome
    this.#endedAt = this.#tools.now()
    this.#memory?.forget()
    this.#uncount()
  }

  #uncount(failure?: Failure): void {
    if (this.#endpoint === undefined || !this.#isCounted) return
    this.#isCounted = false
    this.#tools.keeper.ended(this.#endpoint, this.#status, failure)
  }
}
