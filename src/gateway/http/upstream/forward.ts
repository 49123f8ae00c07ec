import type { Socket } from 'node:net'
import type { Endpoint } from '../../model/route.ts'
import type { ReadMemory } from '../read-memory.ts'
import type { Exchange, ExchangeHandler, Failure, UpstreamRequest } from './exchange.ts'
import type { ForwardTools } from './forward-tools.ts'
import type { Attempt } from './ledger.ts'
import { diedReused, mayRepeat } from './may-repeat.ts'
import { RequestMemory } from './request-memory.ts'
import type { MeasuredExchange } from './upstream-client.ts'

export interface ForwardRequest extends UpstreamRequest {
  /** May be repeated as far as its meaning goes: see `isIdempotent`. */
  readonly idempotent: boolean
}

/** Why no further attempt was made. */
export interface ForwardFailure {
  /** How the last attempt failed; absent when there was no endpoint to try. */
  readonly failure?: Failure
  /**
   * `no-endpoint`: there is none, or none that was not tried; `not-repeatable`: the request may have
   * had an effect, or an answer has begun; `attempts`: the most allowed were made.
   */
  readonly exhausted: 'no-endpoint' | 'not-repeatable' | 'attempts'
}

/** As of an exchange; `onFailure` comes only when no further attempt is made. */
export interface ForwardHandler extends Omit<ExchangeHandler, 'onFailure'> {
  /** Chooses an endpoint that is not in `tried`, another agent first. */
  pick(tried: readonly Endpoint[]): Endpoint | undefined
  /** Called for each attempt, the first one before `forward` returns. */
  onChosen(endpoint: Endpoint): void
  onFailure(failure: ForwardFailure): void
}

export interface Forward extends Exchange {
  /** One entry per attempt, in order. */
  readonly ledger: readonly Attempt[]
}

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

const NONE_TRIED: readonly Endpoint[] = []
const FRESH = { fresh: true } as const

class ForwardRun implements Forward, ExchangeHandler {
  readonly #tools: ForwardTools
  readonly #request: ForwardRequest
  readonly #handler: ForwardHandler
  /** None while there is nothing to keep. */
  #memory: RequestMemory | undefined
  #tried = NONE_TRIED
  #failed: Attempt[] | undefined
  #attempts = 0
  #endpoint: Endpoint | undefined
  #exchange: MeasuredExchange | undefined
  #startedAt = 0
  #endedAt: number | undefined
  #outcome: 'running' | 'done' | 'aborted' | 'failed' = 'running'

  constructor(tools: ForwardTools, request: ForwardRequest, handler: ForwardHandler) {
    this.#tools = tools
    this.#request = request
    this.#handler = handler
    if (request.body !== 'none') this.#memory = new RequestMemory(tools.settings.replayBytes)
  }

  get ledger(): readonly Attempt[] {
    const failed = this.#failed ?? []
    if (this.#exchange === undefined || this.#endpoint === undefined) return failed
    const { reused, bytesSent, bytesRead } = this.#exchange
    return [
      ...failed,
      {
        endpoint: this.#endpoint,
        phase: this.#outcome === 'done' ? 'done' : 'running',
        reason: this.#outcome === 'aborted' ? 'aborted' : 'ok',
        reused,
        bytesSent,
        bytesRead,
        ms: (this.#endedAt ?? this.#tools.now()) - this.#startedAt
      }
    ]
  }

  begin(): void {
    const endpoint = this.#handler.pick(this.#tried)
    if (endpoint !== undefined) {
      this.#attempt(endpoint, false)
      return
    }
    process.nextTick(() => {
      if (this.#outcome === 'running') this.#giveUp({ exhausted: 'no-endpoint' })
    })
  }

  write(chunk: Buffer): boolean {
    this.#memory?.keep(chunk)
    return this.#exchange?.write(chunk) ?? true
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
    this.#endedAt = this.#tools.now()
    socket.once('close', () => this.#uncount())
    this.#handler.onUpgrade(reason, headers, socket, head)
  }

  onDrain(): void {
    this.#handler.onDrain()
  }

  onFailure(failure: Failure): void {
    this.#note(failure)
    this.#uncount()
    this.#exchange = undefined
    if (this.#endpoint !== undefined) this.#tried = [...this.#tried, this.#endpoint]
    const { idempotent, upgrade } = this.#request
    const replayable = this.#memory?.replayable ?? true
    if (!mayRepeat(failure, { idempotent, upgrade, replayable })) {
      this.#giveUp({ failure, exhausted: 'not-repeatable' })
    } else if (this.#attempts >= this.#tools.settings.maxAttempts) {
      this.#giveUp({ failure, exhausted: 'attempts' })
    } else {
      this.#repeat(failure)
    }
  }

  /** A stale connection makes the next attempt take a fresh one: others may be just as stale. */
  #repeat(failure: Failure): void {
    const fresh = diedReused(failure)
    const other = this.#handler.pick(this.#tried)
    if (other !== undefined) {
      this.#attempt(other, fresh)
      return
    }
    // Once at most: a fresh connection never counts as reused.
    if (fresh && this.#endpoint !== undefined) {
      this.#attempt(this.#endpoint, true)
      return
    }
    this.#giveUp({ failure, exhausted: 'no-endpoint' })
  }

  #attempt(endpoint: Endpoint, fresh: boolean): void {
    const tools = this.#tools
    this.#attempts++
    this.#endpoint = endpoint
    this.#startedAt = tools.now()
    tools.onAttempt?.(endpoint)
    this.#handler.onChosen(endpoint)
    if (this.#outcome !== 'running') return
    const exchange = tools.client.send(endpoint, this.#request, this, fresh ? FRESH : undefined)
    this.#exchange = exchange
    const more = this.#memory?.replay(exchange) ?? true
    // The lane may wait for a drain of the attempt before, which will never come.
    if (more && this.#attempts > 1) process.nextTick(() => this.#goOn())
  }

  #goOn(): void {
    if (this.#outcome === 'running') this.#handler.onDrain()
  }

  #note(failure: Failure): void {
    if (this.#endpoint === undefined) return
    const { phase, reason, reused, bytesSent, bytesRead } = failure
    const ms = this.#tools.now() - this.#startedAt
    if (this.#failed === undefined) this.#failed = []
    this.#failed.push({ endpoint: this.#endpoint, phase, reason, reused, bytesSent, bytesRead, ms })
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

  #uncount(): void {
    if (this.#endpoint !== undefined) this.#tools.onAttemptEnd?.(this.#endpoint)
  }
}
