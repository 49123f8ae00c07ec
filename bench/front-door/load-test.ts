import { writeFile } from 'node:fs/promises'
import { Pool } from 'undici'
import type { LoadTestOptions } from '../command-line.ts'
import type { Console } from '../console.ts'
import { codeOf, failureCode, LOOKED_AT_BYTES, taskIn } from './answer-facts.ts'
import { runOpenLoop } from './open-loop.ts'
import { renderLoadTest } from './render-load-test.ts'
import { type TableWatch, watchTable } from './table-watch.ts'
import { createTally, type Ended, type Tally } from './tally.ts'

/** Of an answer, or of its next byte. */
const LIMIT_MS = 60_000
const TELL_EVERY_MS = 1000

/**
 * Sends a fixed rate to a front door that runs, and prints what it saw.
 *
 * @param adminToken for an admin side that asks for one; empty: none
 * @returns 0, or 1 when a request failed or its answer was an error
 * @throws Error when the front door or the admin side can't be reached at all
 */
export async function loadTest(
  options: LoadTestOptions,
  console: Console,
  adminToken: string
): Promise<number> {
  const { url, connections, admin, json } = options
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    headersTimeout: LIMIT_MS,
    bodyTimeout: LIMIT_MS
  })
  const tally = createTally()
  let watch: TableWatch | undefined
  try {
    await requireReachable(pool, options)
    watch = admin && (await watchAdmin(admin, adminToken))
    const took = await sendAll(pool, options, tally, console)
    await watch?.stop()
    const result = { ...tally.read(), seconds: took, changes: watch?.events }
    console.out(renderLoadTest(options, result))
    if (json !== undefined) await writeFile(json, jsonOf(options, result))
    if (console.signal.aborted) return 130
    return result.failures > 0 || result.byCode.size > 0 ? 1 : 0
  } finally {
    await watch?.stop()
    await pool.destroy()
  }
}

async function sendAll(pool: Pool, options: LoadTestOptions, tally: Tally, console: Console) {
  const { rate, seconds } = options
  const running = new Set<Promise<void>>()
  const now = () => performance.now()
  const began = now()
  const telling = setInterval(() => {
    const { answers, failures } = tally.read()
    const at = Math.round((now() - began) / 1000)
    tell(console, `${at} s of ${seconds} s: ${answers} answers, ${failures} failures`)
  }, TELL_EVERY_MS)
  try {
    await runOpenLoop({ rate, seconds, signal: console.signal, now }, (dueMs) => {
      const sending = send(pool, options).then((ended) =>
        tally.add({ ...ended, ms: now() - dueMs })
      )
      running.add(sending)
      void sending.finally(() => running.delete(sending))
    })
    await Promise.all(running)
  } finally {
    clearInterval(telling)
    tell(console, '')
  }
  return (now() - began) / 1000
}

/** Never throws: a failure is a result. */
async function send(pool: Pool, { url, host }: LoadTestOptions): Promise<Omit<Ended, 'ms'>> {
  try {
    const path = `${url.pathname}${url.search}`
    const { statusCode, body } = await pool.request({ path, method: 'GET', headers: { host } })
    let text = ''
    for await (const chunk of body) {
      if (text.length < LOOKED_AT_BYTES) text += (chunk as Buffer).toString('latin1')
    }
    return { status: statusCode, task: taskIn(text), code: codeOf(statusCode, text) }
  } catch (error) {
    return { status: 0, code: failureCode(error) }
  }
}

async function requireReachable(pool: Pool, options: LoadTestOptions): Promise<void> {
  const { status, code } = await send(pool, options)
  if (status === 0) throw new Error(`${options.url.origin} can't be reached: ${code}`)
}

async function watchAdmin(admin: URL, token: string): Promise<TableWatch> {
  try {
    return await watchTable(admin, token)
  } catch (error) {
    throw new Error(`the admin side ${admin.origin} can't be read: ${(error as Error).message}`)
  }
}

function tell({ progress }: Console, text: string): void {
  if (progress.isTTY === true) progress.write(`\r\x1b[2K${text}`)
}

function jsonOf(
  { url, host, rate }: LoadTestOptions,
  result: Parameters<typeof renderLoadTest>[1]
): string {
  const { byStatus, byTask, byCode, ...rest } = result
  const maps = { byStatus, byTask, byCode }
  const objects = Object.entries(maps).map(([key, map]) => [key, Object.fromEntries(map)])
  const asked = { url: url.href, host, rate }
  return `${JSON.stringify({ ...asked, ...rest, ...Object.fromEntries(objects) }, undefined, 2)}\n`
}
