import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface GoodResult {
  readonly requests: number
  /** What came in place of 200, and how often. */
  readonly failures: ReadonlyMap<string, number>
  readonly p50: number
  readonly p99: number
  /** Of each that went well, ms, the quickest first. */
  readonly times: readonly number[]
}

const LIMIT_MS = 20_000

/**
 * Clients that behave, at a constant rate: two thirds on kept connections, the rest on fresh ones, every
 * fourth a small POST. Time counts from when a request was due.
 */
export async function runGoodClients(
  port: number,
  perSecond: number,
  forMs: number
): Promise<GoodResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const times: number[] = []
  const failures = new Map<string, number>()
  const running: Promise<void>[] = []
  const startedAt = performance.now()
  for (let at = 0; ; at += 1) {
    const due = startedAt + (at * 1000) / perSecond
    if (due - startedAt > forMs) break
    const wait = due - performance.now()
    if (wait > 1) await sleep(wait)
    running.push(
      ask(port, at % 3 === 0 ? undefined : agent, at % 4 === 0).then((failure) => {
        if (failure === undefined) times.push(performance.now() - due)
        else failures.set(failure, (failures.get(failure) ?? 0) + 1)
      })
    )
  }
  await Promise.all(running)
  agent.destroy()
  return summaryOf(running.length, failures, times)
}

/** What was measured at several times, as one. */
export function together(results: readonly GoodResult[]): GoodResult {
  const failures = new Map<string, number>()
  for (const [what, count] of results.flatMap((one) => [...one.failures])) {
    failures.set(what, (failures.get(what) ?? 0) + count)
  }
  const requests = results.reduce((sum, one) => sum + one.requests, 0)
  return summaryOf(
    requests,
    failures,
    results.flatMap(({ times }) => times)
  )
}

function summaryOf(
  requests: number,
  failures: ReadonlyMap<string, number>,
  all: readonly number[]
): GoodResult {
  const times = all.toSorted((a, b) => a - b)
  const quantile = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return { requests, failures, p50: quantile(0.5), p99: quantile(0.99), times }
}

/** @returns what went wrong */
function ask(port: number, agent: Agent | undefined, posts: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const method = posts ? 'POST' : 'GET'
    const headers = { host: 'myapp.local' }
    const one = request({ port, host: '127.0.0.1', method, path: '/good', agent, headers })
    one.setTimeout(LIMIT_MS, () => one.destroy(new Error('no answer')))
    one.on('error', (error) => resolve(error.message))
    one.on('response', (answer) => {
      let text = ''
      answer.setEncoding('latin1')
      answer.on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => {
        const code = /GW_[A-Z_]+/.exec(text)?.[0] ?? ''
        resolve(answer.statusCode === 200 ? undefined : `${answer.statusCode} ${code}`)
      })
      answer.on('error', (error) => resolve(error.message))
    })
    one.end(posts ? 'a=1&b=2' : undefined)
  })
}
