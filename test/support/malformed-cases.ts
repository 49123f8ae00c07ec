import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RawTask, startRawTask } from './raw-task.ts'
import { readStrictly } from './strict-request-reader.ts'

/** One line of malformed.json: bytes of a client, and what may become of them. */
export interface MalformedCase {
  readonly id: string
  readonly group: string
  readonly expect: 'accept' | 'reject' | 'safe'
  /** How many requests a strict reader finds. */
  readonly reqs: number
  /** Latin-1; one write each. */
  readonly segs: readonly string[]
  readonly require?: string
  readonly forbid?: string
}

/** A port that takes requests, and the one task behind it. */
export interface MalformedRig {
  readonly port: number
  readonly task: RawTask
  /** A case comes as the second request of its connection, behind an answered one. */
  readonly second?: boolean
}

export interface Verdict {
  /** Requests that the task got as a whole. */
  readonly forwarded: number
  /** Why what the task got could fool it. */
  readonly unsafe?: string
  /** What was to be otherwise, though it is safe. */
  readonly different?: string
}

const BETWEEN_SEGMENTS_MS = 25
/** After the last byte of a client, how long nothing must happen until a case counts as over. */
const QUIET_MS = 400
const LIMIT_MS = 20_000
const SERVED = /X-Task: yes/gi
const FIRST = 'GET /first HTTP/1.1\r\nHost: app.test\r\n\r\n'

export const malformedCases = JSON.parse(
  readFileSync(join(import.meta.dirname, '../security/malformed.json'), 'utf8')
) as readonly MalformedCase[]

/** Every case gets a connection of its own: an answer closes it. */
export function startStrictTask(): Promise<RawTask> {
  return startRawTask((connection) => {
    const { requests } = readStrictly(connection.received())
    if (requests.length === 0 || !connection.socket.writable) return
    connection.socket.end(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nX-Task: yes\r\n\r\nok'
    )
  })
}

/** Has every rig take cases until none is left. */
export async function eachCase<Rig>(
  rigs: readonly Rig[],
  cases: readonly MalformedCase[],
  work: (rig: Rig, one: MalformedCase) => Promise<void>
): Promise<void> {
  const queue = cases.values()
  await Promise.all(
    rigs.map(async (rig) => {
      // Shared by all rigs, so that each case is taken once.
      for (const one of queue) await work(rig, one)
    })
  )
}

/** Sends a case and looks at the bytes that arrive at the task. */
export async function judge(rig: MalformedRig, one: MalformedCase): Promise<Verdict> {
  const { task } = rig
  const { answers, from } = await sendCase(rig, one)
  const seen = task.connections.slice(from).map((connection) => connection.received())
  const readings = seen.map(readStrictly)
  const forwarded = readings.reduce((sum, { requests }) => sum + requests.length, 0)
  const fault = readings.find((reading) => reading.fault !== undefined)?.fault
  if (fault !== undefined) return { forwarded, unsafe: `the task got ${fault}` }
  if (forwarded > one.reqs) {
    return { forwarded, unsafe: `${forwarded} requests out of ${one.reqs}` }
  }
  const bytes = seen.join('')
  if (one.forbid !== undefined && new RegExp(one.forbid).test(bytes)) {
    return { forwarded, unsafe: `the task got ${one.forbid}` }
  }
  if (one.expect === 'reject') {
    // What arrived is strict, so nobody can be fooled by it; it still was to be refused.
    return { forwarded, ...(forwarded > 0 && { different: 'forwarded, though strictly' }) }
  }
  if (one.require !== undefined && forwarded > 0 && !new RegExp(one.require).test(bytes)) {
    return { forwarded, unsafe: `the task did not get ${one.require}` }
  }
  const isServed = forwarded === one.reqs && answers.search(SERVED) !== -1
  if (one.expect === 'safe' || isServed) return { forwarded }
  return { forwarded, different: `not served: ${answers.slice(0, 60)}` }
}

/** @returns all that came back, when the case is over, and how many connections the task had before it */
async function sendCase(
  { port, task, second }: MalformedRig,
  one: MalformedCase
): Promise<{ answers: string; from: number }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  let closed = false
  let lastAt = Date.now()
  socket.on('data', (piece) => {
    text += piece.toString('latin1')
    lastAt = Date.now()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    closed = true
  })
  if (second === true) {
    socket.write(FIRST)
    while (!closed && !text.endsWith('ok')) await sleep(10)
    text = ''
  }
  const from = task.connections.length
  for (const segment of one.segs) {
    socket.write(segment, 'latin1')
    await sleep(BETWEEN_SEGMENTS_MS)
  }
  const startedAt = Date.now()
  lastAt = startedAt
  const served = (): boolean => (text.match(SERVED)?.length ?? 0) >= one.reqs
  const quiet = (): boolean => Date.now() - lastAt > QUIET_MS
  const over = one.expect === 'accept' ? () => served() && quiet() : quiet
  while (!closed && !over() && Date.now() - startedAt < LIMIT_MS) await sleep(10)
  socket.destroy()
  return { answers: text, from }
}
