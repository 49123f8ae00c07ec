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
/** Read between two looks at what else was said, bytes: about as much as gives a piece. */
const PORTION_BYTES = 128 * 1024

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
  readonly packed: Buffer[] | undefined
  /** What was not read yet. */
  readonly portions: Buffer[]
  isComplete: boolean
  isAtWork: boolean
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
    readings.set(answer, {
      ...{ reader, packed: packed ? [] : undefined, portions: [], texts: [] },
      ...{ isComplete: false, isAtWork: false, asked: true, bytes: 0 }
    })
  }

  function take(answer: number, reading: Reading, bytes: Buffer): void {
    for (let from = 0; from < bytes.length; from += PORTION_BYTES) {
      reading.portions.push(bytes.subarray(from, from + PORTION_BYTES))
    }
    work(answer, reading)
  }

  function end(answer: number, reading: Reading): void {
    reading.isComplete = true
    if (reading.packed === undefined) work(answer, reading)
    else take(answer, reading, unpacked(Buffer.concat(reading.packed), maxBytes))
  }

  /** One portion after the other, between which others get their turn. */
  function work(answer: number, reading: Reading): void {
    if (reading.isAtWork) return
    reading.isAtWork = true
    setImmediate(() => {
      reading.isAtWork = false
      if (readings.has(answer)) orFail(answer, () => readNext(answer, reading))
    })
  }

  function readNext(answer: number, reading: Reading): void {
    const { reader, portions, isComplete } = reading
    const portion = portions.shift()
    if (portion !== undefined) {
      reading.bytes += portion.length
      reading.texts.push(...reader.take(portion))
      work(answer, reading)
    } else if (isComplete) {
      const { texts = [], ...ending } = reader.end()
      reading.texts.push(...texts)
      reading.end = { ...ending, bytes: reading.bytes }
    }
    sendPiece(answer, reading)
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
    if (order.kind === 'drop') readings.delete(answer)
    else if (order.kind === 'end') end(answer, reading)
    else if (order.kind === 'next') {
      reading.asked = true
      sendPiece(answer, reading)
    } else if (reading.packed === undefined) take(answer, reading, bufferOf(order.bytes))
    else reading.packed.push(bufferOf(order.bytes))
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
