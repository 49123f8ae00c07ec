import { durationMs } from '../../gateway/config/duration.ts'
import type { CleanHead } from '../../gateway/http/hygiene.ts'
import type { ProxyOptions } from './options.ts'

/** How fast a client has to send the body of a request. */
export interface BodyRules {
  /** Time for the first bytes, ms. */
  readonly graceMs: number
  /** Fewest bytes per second, on average, behind that; 0: any. */
  readonly bytesPerSecond: number
  /** Announced bodies up to this size are read before a task is asked, bytes. */
  readonly gatherBytes: number
  /** Many clients keep tasks waiting: larger bodies show their first bytes before one is asked. */
  isCrowded(): boolean
}

const MOST_GATHERED_BYTES = 65_536
/** Who sends this much byte by byte is too slow long before. */
const FIRST_BYTES = 16_384

export function bodyRulesOf(
  {
    timeout,
    minBodyRate,
    replayBytes
  }: Pick<ProxyOptions, 'timeout' | 'minBodyRate' | 'replayBytes'>,
  isCrowded: () => boolean
): BodyRules {
  return {
    isCrowded,
    graceMs: durationMs(timeout.body),
    bytesPerSecond: minBodyRate,
    gatherBytes: Math.min(replayBytes, MOST_GATHERED_BYTES)
  }
}

/**
 * How long the next bytes of a body may take. Each byte earns time, so that a limit of the whole is not
 * needed (as Apache's mod_reqtimeout has it); what is earned is bounded.
 */
export class BodyPace {
  readonly #firstMs: number
  readonly #msPerByte: number
  readonly #mostMs: number
  #deadline = 0
  #seen = -1

  /** @param mostMs what can be earned */
  constructor({ graceMs, bytesPerSecond }: BodyRules, mostMs: number) {
    const any = bytesPerSecond === 0
    this.#mostMs = mostMs
    this.#firstMs = any ? mostMs : Math.min(graceMs, mostMs)
    this.#msPerByte = any ? Number.POSITIVE_INFINITY : 1000 / bytesPerSecond
  }

  /** @param bytes that came so far @returns ms from now; 0: it is over */
  left(bytes: number, nowMs: number): number {
    if (this.#seen === -1) this.#deadline = nowMs + this.#firstMs
    else if (bytes > this.#seen) {
      const earned = (bytes - this.#seen) * this.#msPerByte
      this.#deadline = Math.min(this.#deadline + earned, nowMs + this.#mostMs)
    }
    this.#seen = bytes
    return Math.max(0, this.#deadline - nowMs)
  }

  /** The client could not go on until now. */
  restart(nowMs: number): void {
    this.#deadline = Math.max(this.#deadline, nowMs + this.#firstMs)
  }
}

type Framed = Pick<CleanHead, 'framing' | 'expectContinue'>

/**
 * How much of a body is read before a task is asked, so that a slow client takes no connection to it:
 * all of a small one (infinite, for its end is waited for), the first bytes of a larger one while slow
 * clients are many. Nothing of one without an announced length, which may be a conversation, nor of one
 * that the task is to say something about first.
 */
export function gatheredBytes(framed: Framed, rules: BodyRules): number {
  const { framing, expectContinue } = framed
  if (isGatheredWhole(framed, rules)) return Number.POSITIVE_INFINITY
  if (typeof framing !== 'number' || expectContinue || !rules.isCrowded()) return 0
  return Math.min(FIRST_BYTES, rules.gatherBytes)
}

function isGatheredWhole({ framing, expectContinue }: Framed, { gatherBytes }: BodyRules): boolean {
  return typeof framing === 'number' && framing <= gatherBytes && !expectContinue
}

/**
 * The pace of one body. Of what is passed on, the connection to the task has the idle timeout: only one
 * of the two may be the first to run out.
 */
export function paceOf(clean: Framed, rules: BodyRules, idleMs: number): BodyPace {
  return new BodyPace(rules, isGatheredWhole(clean, rules) ? idleMs : 2 * idleMs)
}
