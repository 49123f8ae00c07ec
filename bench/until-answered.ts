import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { RunningProcess } from './running-process.ts'

const LOOK_EVERY_MS = 50
/** One that takes a connection and then is silent is asked again. */
const PATIENCE_MS = 10_000

export interface Question {
  readonly port: number
  readonly path: string
  readonly host: string
  /** For the sentence that says it doesn't answer. */
  readonly who: string
  readonly limitMs: number
  /** Between two looks, ms; 50 unless said. */
  readonly everyMs?: number
}

/**
 * Waits until a program that was started answers 200.
 *
 * @throws Error when it ends before, or doesn't in time
 */
export async function untilAnswered(running: RunningProcess, question: Question): Promise<void> {
  const { who, limitMs, everyMs = LOOK_EVERY_MS } = question
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    if ((await statusOf(question)) === 200) return
    const exit = running.exit()
    if (exit !== undefined) throw new Error(`${who} ${exit}: ${running.lastWords()}`)
    await wait(everyMs)
  }
  const words = running.lastWords()
  throw new Error(
    `${who} does not answer within ${limitMs / 1000} s${words === '' ? '' : `: ${words}`}`
  )
}

function statusOf({ port, path, host }: Question): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: '127.0.0.1', headers: { host }, agent: false })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', () => resolve(0))
    request.setTimeout(PATIENCE_MS, () => request.destroy())
  })
}
