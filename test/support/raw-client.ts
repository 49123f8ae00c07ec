import { connect, type Socket } from 'node:net'
import { eventually } from './eventually.ts'

/** One answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number
  readonly reason: string
  /** Status line and fields as they came, without the empty line. */
  readonly head: string
  readonly body: string
  /** Trailer lines as they came. */
  readonly trailers: readonly string[]
  /** All values of that field, joined by `, `; undefined when there is none. */
  field(name: string): string | undefined
}

/** A client that sends and receives bytes, whatever a test wants them to be. */
export interface RawClient {
  readonly socket: Socket
  send(bytes: string | Buffer): void
  /** All that came and was not taken as an answer yet, as Latin-1. */
  received(): string
  /** Forgets what came and was not taken. */
  clear(): void
  /** Waits until what came contains the text. */
  until(text: string): Promise<void>
  /** Waits for the next complete answer, a 1xx included, and takes it. */
  answer(method?: string): Promise<RawAnswer>
  /** How the connection ended: FIN, or RST. */
  readonly closed: Promise<'end' | 'reset'>
}

interface TestScope {
  after(undo: () => void): void
}

/** Connects; closed at the end of the test. */
export function rawClient(
  t: TestScope,
  port: number,
  host = '127.0.0.1',
  localAddress?: string
): RawClient {
  const socket = connect({ port, host, localAddress, noDelay: true, allowHalfOpen: true })
  t.after(() => void socket.destroy())
  let text = ''
  let ended = false
  socket.on('data', (piece) => {
    text += piece.toString('latin1')
  })
  const closed = new Promise<'end' | 'reset'>((resolve) => {
    socket.once('end', () => {
      ended = true
      resolve('end')
    })
    socket.on('error', () => {
      ended = true
      resolve('reset')
    })
  })
  return {
    socket,
    closed,
    send: (bytes) => void socket.write(bytes, 'latin1'),
    received: () => text,
    clear: () => {
      text = ''
    },
    async until(wanted) {
      await eventually(`${wanted} at the client; got ${text}`, () => text.includes(wanted))
    },
    async answer(method = 'GET') {
      let found: Parsed | undefined
      await eventually('an answer', () => {
        found = parseAnswer(text, method, ended)
        return found !== undefined || ended
      })
      if (found === undefined) throw new Error(`closed without a whole answer; got ${text}`)
      text = text.slice(found.end)
      return found.answer
    }
  }
}

interface Parsed {
  readonly answer: RawAnswer
  readonly end: number
}

function parseAnswer(text: string, method: string, ended: boolean): Parsed | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = text.slice(0, headEnd)
  const [, status = '', reason = ''] = /^HTTP\/1\.1 ([0-9]{3}) ?(.*)/.exec(head) ?? []
  if (status === '') throw new Error(`no status line: ${head}`)
  const field = (name: string): string | undefined => {
    const lines = head.split('\r\n').slice(1)
    const own = lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    return own.length === 0
      ? undefined
      : own.map((line) => line.slice(name.length + 1).trim()).join(', ')
  }
  const bodiless = method === 'HEAD' || Number(status) < 200 || /^(204|304)$/.test(status)
  const body = bodiless
    ? { body: '', trailers: [], end: headEnd + 4 }
    : parseBody(text, headEnd + 4, field, ended)
  if (body === undefined) return undefined
  const { trailers, end } = body
  return { answer: { status: Number(status), reason, head, field, body: body.body, trailers }, end }
}

interface ParsedBody {
  readonly body: string
  readonly trailers: readonly string[]
  readonly end: number
}

function parseBody(
  text: string,
  from: number,
  field: RawAnswer['field'],
  ended: boolean
): ParsedBody | undefined {
  if (field('transfer-encoding') === 'chunked') return parseChunks(text, from)
  const length = field('content-length')
  if (length === undefined) {
    return ended ? { body: text.slice(from), trailers: [], end: text.length } : undefined
  }
  const end = from + Number(length)
  return text.length < end ? undefined : { body: text.slice(from, end), trailers: [], end }
}

function parseChunks(text: string, from: number): ParsedBody | undefined {
  let at = from
  let body = ''
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    at = lineEnd + 2
    if (size === 0) break
    if (text.length < at + size + 2) return undefined
    body += text.slice(at, at + size)
    at += size + 2
  }
  const end = text.indexOf('\r\n\r\n', at - 2)
  if (end === -1) return undefined
  return { body, trailers: text.slice(at, end).split('\r\n').filter(Boolean), end: end + 4 }
}
