import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { NO_JSON, parseJson, unpackingFailed } from './answer.ts'
import { createAnswerMemory, type Difference } from './answer-memory.ts'
import { pieceOf, textsOf } from './app-text.ts'
import type { AnswerEnd, Content, Order, Report, ThreadData } from './apps-thread-messages.ts'
import { fieldsOf } from './read-values.ts'
import { NO_APP, parseApp } from './schema.ts'

/** About how long a piece is, characters: what a busy machine takes in within a few milliseconds. */
const PIECE_LENGTH = 64 * 1024

interface Outgoing {
  readonly texts: readonly string[]
  /** Index of the first text that was not sent. */
  at: number
  readonly end: AnswerEnd
}

/** Reads large answers of one source: see `createAppsThread`. */
function serve(port: MessagePort, { source, maxBytes }: ThreadData): void {
  const incoming = new Map<number, Uint8Array[]>()
  const outgoing = new Map<number, Outgoing>()
  const memory = createAnswerMemory(source, PIECE_LENGTH)

  const tell = (report: Report): void => port.postMessage(report)

  function read({ answer, packed, content, anew }: Order & { kind: 'read' }): void {
    const sent = Buffer.concat(incoming.get(answer) ?? [])
    incoming.delete(answer)
    const bytes = packed ? unpack(sent, maxBytes) : sent
    if (content === 'all' && anew) memory.forget()
    const { texts, gone, problems } = compare(content, bytes)
    outgoing.set(answer, { texts, at: 0, end: { bytes: bytes.length, gone, problems } })
    sendNext(answer)
  }

  function compare(content: Content, bytes: Buffer): Difference {
    if (content === 'all') return memory.compare(bytes)
    return readOne(bytes, source)
  }

  function sendNext(answer: number): void {
    const out = outgoing.get(answer)
    if (out === undefined) return
    const { texts, end } = out
    if (out.at === texts.length) {
      outgoing.delete(answer)
      tell({ kind: 'end', answer, end })
      return
    }
    const from = out.at
    let length = 0
    do length += texts[out.at++]?.length ?? 0
    while (length < PIECE_LENGTH && out.at < texts.length)
    tell({ kind: 'piece', answer, text: pieceOf(texts.slice(from, out.at)) })
  }

  function follow(order: Order): void {
    const { answer } = order
    if (order.kind === 'take') {
      const chunks = incoming.get(answer) ?? []
      chunks.push(order.bytes)
      incoming.set(answer, chunks)
    } else if (order.kind === 'drop') {
      incoming.delete(answer)
      outgoing.delete(answer)
    } else if (order.kind === 'next') sendNext(answer)
    else read(order)
  }

  port.on('message', (order: Order) => {
    try {
      follow(order)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      tell({ kind: 'failed', answer: order.answer, reason })
    }
  })
}

/** @throws Error when the answer is no information */
function readOne(bytes: Buffer, source: string): Difference {
  const body = parseJson(bytes)
  if (body === undefined) throw new Error(NO_JSON)
  const app = fieldsOf(body)?.['app']
  if (fieldsOf(app) === undefined) throw new Error(NO_APP)
  const read = parseApp(app, source)
  if (read.app === undefined) return { texts: [], gone: [], problems: read.problems }
  const texts = textsOf({ app: read.app, problems: read.problems }, PIECE_LENGTH)
  return { texts, gone: [], problems: [] }
}

function unpack(sent: Buffer, maxOutputLength: number): Buffer {
  try {
    return gunzipSync(sent, { maxOutputLength })
  } catch (error) {
    throw unpackingFailed(error, maxOutputLength)
  }
}

// Nothing to do where it is imported rather than started as a thread.
if (parentPort !== null) serve(parentPort, workerData as ThreadData)
