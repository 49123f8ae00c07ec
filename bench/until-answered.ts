import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { RunningProcess } from './running-process.ts'

/** Tables of 100,000 tasks take some proxies long. */
const LIMIT_MS = 120_000
const LOOK_EVERY_MS = 50

/**
 * Waits until a program that was started answers 200.
 *
 * @param what for the sentence that says it doesn't
 * @throws Error when it ends before, or not within two minutes
 */
export async function untilAnswered(
  running: RunningProcess,
  port: number,
  path: string,
  what: string,
  host = 'localhost'
): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (performance.now() < end) {
    if ((await statusOf(port, path, host)) === 200) return
    const exit = running.exit()
    if (exit !== undefined) throw new Error(`${what} ${exit}: ${running.lastWords()}`)
    await wait(LOOK_EVERY_MS)
  }
  throw new Error(`${what} does not answer: ${running.lastWords()}`)
}

function statusOf(port: number, path: string, host: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: '127.0.0.1', headers: { host }, agent: false })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', () => resolve(0))
    request.setTimeout(LIMIT_MS / 12, () => request.destroy())
  })
}
