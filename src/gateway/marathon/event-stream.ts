import { type Backoff, pauseMs } from './backoff.ts'
import type { MarathonClient } from './client.ts'
import { type Meaning, meaningsOf, SUBSCRIBED } from './event-meaning.ts'
import { reasonOf } from './failure.ts'
import type { Node, Nodes } from './nodes.ts'
import { createSseParser } from './sse-parser.ts'

/** What the stream tells. None of it may throw. */
export interface StreamListener {
  /** Events from here on are seen; those before were missed. */
  opened(node: Node): void
  event(meaning: Meaning): void
  /** The stream broke or did not open; it is tried again by itself. */
  broken(node: Node, reason: string): void
}

export interface StreamOptions {
  readonly client: MarathonClient
  readonly nodes: Nodes
  /** Without a byte for this long the stream is dead, ms; Marathon's heartbeat comes every 10 s. */
  readonly silenceMs: number
  readonly backoff: Backoff
  /** Between two attempts. */
  readonly pause: Pause
  /** Monotonic, ms. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
}

/** A stream that lasted this long was a good one, ms: the next pause is short again. */
const STABLE_MS = 5_000

const PATH = `/v2/events?plan-format=light&${SUBSCRIBED.map((type) => `event_type=${type}`).join('&')}`

/** Follows the event stream of one node after the other until the signal aborts. Never rejects. */
export async function followEvents(
  options: StreamOptions,
  listener: StreamListener,
  signal: AbortSignal
): Promise<void> {
  let attempt = 0
  let last: Node | undefined
  while (!signal.aborted) {
    const node = nextNode(options.nodes.order(), last)
    last = node
    const startedAt = options.now()
    const reason = await followOne(options, node, listener, signal)
    if (signal.aborted) return
    if (options.now() - startedAt >= STABLE_MS) attempt = 0
    listener.broken(node, reason)
    await options.pause.wait(pauseMs(attempt++, options.backoff, options.random()), signal)
  }
}

/** After a failure the next node; at first the one that answered last. */
function nextNode(order: readonly Node[], last: Node | undefined): Node {
  const at = last === undefined ? 0 : (order.indexOf(last) + 1) % order.length
  return order[at] as Node
}

/** @returns why the stream ended */
async function followOne(
  options: StreamOptions,
  node: Node,
  listener: StreamListener,
  signal: AbortSignal
): Promise<string> {
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('the gateway stops'))
  signal.addEventListener('abort', stop, { once: true })
  const silence = new Error(`the event stream was silent for ${options.silenceMs / 1000} s`)
  const watchdog = setTimeout(() => controller.abort(silence), options.silenceMs)
  try {
    const body = await options.client.open(node, PATH, controller.signal)
    listener.opened(node)
    const parse = createSseParser((event) => {
      for (const meaning of meaningsOf(event)) listener.event(meaning)
    })
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      watchdog.refresh()
      parse(decoder.decode(chunk as Buffer, { stream: true }))
    }
    return 'the event stream was closed'
  } catch (error) {
    return controller.signal.aborted ? reasonOf(controller.signal.reason) : reasonOf(error)
  } finally {
    clearTimeout(watchdog)
    signal.removeEventListener('abort', stop)
  }
}

/** A pause that ends early when there is a reason to try again now. */
export class Pause {
  #end: () => void = () => undefined

  /** Resolves after `ms`, by `end`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done, { once: true })
      this.#end = done
    })
  }

  end(): void {
    this.#end()
  }
}
