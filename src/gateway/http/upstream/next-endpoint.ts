import type { Endpoint } from '../../model/route.ts'
import type { Failure } from './exchange.ts'
import type { Exhausted, ForwardHandler, ForwardRequest } from './forward-contract.ts'
import type { ForwardTools } from './forward-tools.ts'
import { diedReused, mayRepeat, nothingSent } from './may-repeat.ts'

/** What a request has been through. */
export interface RunSoFar {
  readonly tools: ForwardTools
  readonly request: ForwardRequest
  readonly handler: Pick<ForwardHandler, 'pick'>
  readonly tried: readonly Endpoint[]
  /** Attempts that reached a task. */
  readonly sent: number
  /** No further attempt begins from then on. */
  readonly deadline: number
  /** The body sent so far was kept. */
  readonly replayable: boolean
}

/** Also of attempts that cost the tasks nothing: a pick looks at each one that was tried. */
const MOST_TRIED = 32

/** Where the next attempt goes after a failed one, or why there is none. */
export function nextAfter(
  failure: Failure,
  endpoint: Endpoint,
  now: number,
  { tools, request, handler, tried, sent, deadline, replayable }: RunSoFar
): Endpoint | Exhausted {
  const { idempotent, upgrade } = request
  const { settings, keeper } = tools
  if (failure.reason === 'no-descriptor') {
    const isLast = !replayable || tried.length >= MOST_TRIED || now >= deadline
    // What is kept for later gives way; no other task is asked, since it would fail alike.
    return !isLast && tools.client.makeRoom() ? endpoint : 'not-repeatable'
  }
  if (!mayRepeat(failure, { idempotent, upgrade, replayable })) return 'not-repeatable'
  if (sent >= settings.maxAttempts || tried.length >= MOST_TRIED) return 'attempts'
  if (now >= deadline) return 'deadline'
  // The same one once at most: a fresh connection never counts as reused.
  const same = diedReused(failure) ? endpoint : undefined
  const next = handler.pick(tried) ?? same
  if (next === undefined) return 'no-endpoint'
  return nothingSent(failure) || keeper.mayRepeat(endpoint, now) ? next : 'budget'
}
