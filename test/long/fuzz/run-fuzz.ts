import type { StrictRequest } from '../../support/strict-request-reader.ts'
import type { OpenFrontDoorProcess } from './front-door.ts'
import type { FuzzAnswer } from './fuzz-client.ts'
import { sendCase } from './fuzz-client.ts'
import { startFuzzTask } from './fuzz-task.ts'
import { mayStayOpen, unsafeReason } from './judge.ts'
import { fuzzMessages } from './messages.ts'
import { type FuzzCase, fuzzCase } from './mutate.ts'
import { type ReferenceReading, readByReference } from './reference-reader.ts'

export interface FuzzSettings {
  readonly seed: number
  /** Numbers of the cases: from, and one behind the last. */
  readonly from: number
  readonly to: number
  /** Connections at once. */
  readonly clients: number
  readonly signal: AbortSignal
  onProgress?(report: FuzzReport): void
  /** Told at once: a long run need not be waited for. */
  onUnsafe?(reason: string): void
}

export interface FuzzReport {
  sent: number
  /** Requests that tasks got as a whole. */
  forwarded: number
  /** Cases in which a request was refused, by code. */
  readonly refused: Map<string, number>
  /** The gateway waited for more, as it has to, or may. */
  waited: number
  /** It neither waited by right, nor answered, nor closed. */
  readonly stuck: number[]
  /** It answered 500. */
  readonly internal: number[]
  readonly unsafe: string[]
  /** How the process ended by itself, if it did. */
  crashed: string | undefined
  readonly startedAt: number
  rss: { before: number; after: number }
}

interface Sent {
  readonly one: FuzzCase
  readonly taken: StrictRequest[]
}

/** Of connections that are over, how many may still hear of a request at the task. */
const REMEMBERED = 20_000
const PROGRESS_EVERY = 500
/** When more has to come by the grammar, this is enough to see that nothing is made of what came. */
const SHORT_MS = 40
const LONG_MS = 60_000
const MOST_UNSAFE = 20

/** Sends mutated messages to a front door, each on a connection of its own and from an address of its own. */
export async function runFuzz(
  open: OpenFrontDoorProcess,
  settings: FuzzSettings
): Promise<FuzzReport> {
  const { seed, from, to, clients, signal, onProgress, onUnsafe } = settings
  const report = emptyReport()
  const recent = new Map<string, Sent>()
  const unsafe = (text: string): void => {
    report.unsafe.push(text)
    onUnsafe?.(text)
  }
  const task = await startFuzzTask({
    onRequest(client, request) {
      report.forwarded += 1
      const sent = recent.get(client)
      if (sent === undefined) unsafe(`a request of nobody (${client}): ${JSON.stringify(request)}`)
      else sent.taken.push(request)
    },
    onFault: (fault, bytes) => unsafe(`the task got ${fault}: ${JSON.stringify(bytes)}`)
  })
  const door = await open(task.port)
  void door.ended.then((how) => {
    report.crashed ??= how
  })
  report.rss.before = await door.memory()
  const isOver = () =>
    signal.aborted || report.crashed !== undefined || report.unsafe.length >= MOST_UNSAFE
  let next = from

  async function work(): Promise<void> {
    while (next < to && !isOver()) {
      const one = fuzzCase(seed, next++, fuzzMessages)
      const address = addressOf(one.number)
      recent.set(address, { one, taken: [] })
      if (recent.size > REMEMBERED) settleOldest()
      note(one, await ask(door.port, address, one))
      report.sent += 1
      if (report.sent % PROGRESS_EVERY === 0) onProgress?.(report)
    }
  }

  function settleOldest(): void {
    const [oldest] = recent
    if (oldest !== undefined) settle(...oldest)
  }

  function settle(address: string, { one, taken }: Sent): void {
    recent.delete(address)
    const sent = one.pieces.join('')
    const reason = unsafeReason(sent, taken, address)
    if (reason !== undefined) unsafe(`case ${one.number}: ${reason}; sent ${JSON.stringify(sent)}`)
  }

  function note({ number }: FuzzCase, { answer, reading }: Asked): void {
    const { statuses, codes, closed } = answer
    for (const code of new Set(codes)) {
      report.refused.set(code, (report.refused.get(code) ?? 0) + 1)
    }
    if (statuses.includes(500)) report.internal.push(number)
    if (closed) return
    if (mayStayOpen(reading, statuses)) report.waited += 1
    else report.stuck.push(number)
  }

  await Promise.all(Array.from({ length: clients }, work))
  if (report.crashed === undefined) {
    // Until what is under way has arrived.
    await new Promise((resolve) => setTimeout(resolve, 500))
    report.rss.after = await door.memory()
  }
  for (const [address, sent] of recent) settle(address, sent)
  const crashed = report.crashed
  door.kill()
  await door.ended
  report.crashed = crashed
  await task.close()
  return report
}

interface Asked {
  readonly answer: FuzzAnswer
  readonly reading: ReferenceReading
}

async function ask(port: number, address: string, one: FuzzCase): Promise<Asked> {
  const reading = readByReference(one.pieces.join(''))
  const patienceMs = reading.end === 'incomplete' ? SHORT_MS : LONG_MS
  const answer = await sendCase(port, address, one, patienceMs)
  return { answer, reading }
}

/** One of 127.64.0.0/10, so that no two cases that are remembered have the same. */
export function addressOf(number: number): string {
  const at = number % (60 * 254 * 254)
  return `127.${64 + Math.floor(at / (254 * 254))}.${1 + (Math.floor(at / 254) % 254)}.${1 + (at % 254)}`
}

function emptyReport(): FuzzReport {
  return {
    sent: 0,
    forwarded: 0,
    refused: new Map(),
    waited: 0,
    stuck: [],
    internal: [],
    unsafe: [],
    crashed: undefined,
    startedAt: performance.now(),
    rss: { before: 0, after: 0 }
  }
}
