import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { NO_JSON, parseJson, unpackingFailed } from './answer.ts'
import { createAnswerMemory, type Ending } from './answer-memory.ts'
import { pieceOf, textsOf } from './app-text.ts'
import type { AnswerEnd, Order, Report, ThreadData } from './apps-thread-messages.ts'
import { fieldsOf } from './read-values.ts'
import { NO_APP, parseApp } from './schema.ts'

/** About how long a piece is, characters: what a busy machine takes in within a few milliseconds. */
const PIECE_LENGTH = 64 * 1024
/** Of what was unpacked, bytes read between two looks at what is asked for. */
const PORTION_BYTES = 1024 * 1024

/** Makes texts of an answer that comes bit by bit. */
interface Reader {
  /** @throws Error when the answer is no information */
  take(bytes: Buffer): readonly string[]
  /** @throws Error when the answer is no information */
  end(): Ending & { readonly texts?: readonly string[] }
}

/** An answer that is being read. */
interface Reading {
  readonly reader: Reader
  /** As sent, when it can't be read before all of it is there. */
  readonly packed: Uint8Array[] | undefined
  texts: string[]
  /** A piece is wanted. */
  asked: boolean
  bytes: number
  end?: AnswerEnd
}

/** Reads large answers of one source: see `createAppsThread`. */
function serve(port: MessagePort, { source, maxBytes }: ThreadData): void {
  const readings = new Map<number, Reading>()
  const memory = createAnswerMemory(source, PIECE_LENGTH)

  const tell = (report: Report): void => port.postMessage(report)

  function open({ answer, packed, content, anew }: Order & { kind: 'open' }): void {
    const reader = content === 'all' ? memory.read(anew) : createOneApp(source)
    const reading = { reader, packed: packed ? [] : undefined, texts: [], asked: true, bytes: 0 }
    readings.set(answer, reading)
  }

  function take(answer: number, reading: Reading, bytes: Buffer): void {
    reading.bytes += bytes.length
    reading.texts.push(...reading.reader.take(bytes))
    sendPiece(answer, reading)
  }

  function end(answer: number, reading: Reading): void {
    const { texts = [], ...ending } = reading.reader.end()
    reading.texts.push(...texts)
    reading.end = { ...ending, bytes: reading.bytes }
    sendPiece(answer, reading)
  }

  /** In portions, between which others get their turn. */
  function unpack(answer: number, reading: Reading, sent: readonly Uint8Array[]): void {
    const bytes = unpacked(Buffer.concat(sent), maxBytes)
    function portion(from: number): void {
      if (!readings.has(answer)) return
      if (from < bytes.length) {
        const next = from + PORTION_BYTES
        take(answer, reading, bytes.subarray(from, next))
        setImmediate(() => orFail(answer, () => portion(next)))
      } else end(answer, reading)
    }
    portion(0)
  }

  /** One that is wanted, when there is enough for one. */
  function sendPiece(answer: number, reading: Reading): void {
    const { texts, end } = reading
    if (!reading.asked) return
    let count = 0
    let length = 0
    while (length < PIECE_LENGTH && count < texts.length) length += texts[count++]?.length ?? 0
    if (length < PIECE_LENGTH && end === undefined) return
    reading.asked = false
    reading.texts = texts.slice(count)
    if (count > 0) tell({ kind: 'piece', answer, text: pieceOf(texts.slice(0, count)) })
    else if (end !== undefined) {
      readings.delete(answer)
      tell({ kind: 'end', answer, end })
    }
  }

  function follow(order: Order): void {
    const reading = readings.get(order.answer)
    if (order.kind === 'open') open(order)
    else if (reading !== undefined) goOn(order, reading)
  }

  function goOn(order: Exclude<Order, { kind: 'open' }>, reading: Reading): void {
    const { answer } = order
    const { packed } = reading
    if (order.kind === 'drop') readings.delete(answer)
    else if (order.kind === 'next') {
      reading.asked = true
      sendPiece(answer, reading)
    } else if (packed === undefined) {
      if (order.kind === 'take') take(answer, reading, bufferOf(order.bytes))
      else end(answer, reading)
    } else if (order.kind === 'take') packed.push(order.bytes)
    else unpack(answer, reading, packed)
  }

  function orFail(answer: number, act: () => void): void {
    try {
      act()
    } catch (error) {
      readings.delete(answer)
      const reason = error instanceof Error ? error.message : String(error)
      tell({ kind: 'failed', answer, reason })
    }
  }

  port.on('message', (order: Order) => orFail(order.answer, () => follow(order)))
}

/** One app alone is read when all of it is there. */
function createOneApp(source: string): Reader {
  const chunks: Buffer[] = []
  return {
    take(bytes) {
      chunks.push(bytes)
      return []
    },
    end() {
      const body = parseJson(Buffer.concat(chunks))
      if (body === undefined) throw new Error(NO_JSON)
      const read = fieldsOf(body)?.['app']
      if (fieldsOf(read) === undefined) throw new Error(NO_APP)
      const { app, problems } = parseApp(read, source)
      if (app === undefined) return { gone: [], problems }
      return { texts: textsOf({ app, problems }, PIECE_LENGTH), gone: [], problems: [] }
    }
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function unpacked(sent: Buffer, maxOutputLength: number): Buffer {
  try {
    return gunzipSync(sent, { maxOutputLength })
  } catch (error) {
    throw unpackingFailed(error, maxOutputLength)
  }
}

// Nothing to do where it is imported rather than started as a thread.
if (parentPort !== null) serve(parentPort, workerData as ThreadData)
