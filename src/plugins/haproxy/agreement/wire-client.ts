import { connect, type Socket } from 'node:net'

/** An answer as far as two planes are compared by it. */
export interface WireAnswer {
  /** 0: there was none; the body says why. */
  readonly status: number
  /** Status line and fields. */
  readonly head: string
  readonly body: string
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Asks one thing after the other on a connection that is kept as long as the other side keeps it. */
export interface WireClient {
  /** Never rejects. */
  ask(bytes: string, method: string): Promise<WireAnswer>
  close(): void
}

const LONGEST_WAIT_MS = 20_000

export function wireClient({ host, port }: Address): WireClient {
  let kept: Socket | undefined

  async function ask(bytes: string, method: string): Promise<WireAnswer> {
    const reused = kept !== undefined
    const answer = await askOnce(bytes, method)
    // Closed just when the request came: the answer is that of a connection of its own.
    return answer.status === 0 && reused ? askOnce(bytes, method) : answer
  }

  async function askOnce(bytes: string, method: string): Promise<WireAnswer> {
    const socket = kept ?? connect({ host, port, noDelay: true })
    kept = undefined
    const { answer, reusable } = await exchange(socket, bytes, method)
    if (reusable) kept = socket
    else socket.destroy()
    return answer
  }

  return { ask, close: () => void kept?.destroy() }
}

interface Exchange {
  readonly answer: WireAnswer
  readonly reusable: boolean
}

function exchange(socket: Socket, bytes: string, method: string): Promise<Exchange> {
  return new Promise((done) => {
    let text = ''
    const finish = (result: Exchange): void => {
      socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close')
      socket.removeAllListeners('timeout').setTimeout(0)
      done(result)
    }
    const failed = (reason: string): void =>
      finish({ answer: { status: 0, head: text, body: reason }, reusable: false })
    const read = (ended: boolean): void => {
      const whole = readAnswer(text, method, ended)
      if (whole !== undefined) finish(whole)
      else if (ended) failed('the connection ended without a whole answer')
    }
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      read(false)
    })
    if (socket.listenerCount('error') === 0) socket.on('error', () => undefined)
    socket.on('end', () => read(true)).on('close', () => read(true))
    socket.setTimeout(LONGEST_WAIT_MS, () => failed('no answer in time'))
    if (socket.destroyed) failed('the connection was closed')
    else socket.write(bytes, 'latin1')
  })
}

/** The final answer, once all of it is there; interim ones are passed over. */
function readAnswer(text: string, method: string, ended: boolean): Exchange | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = text.slice(0, headEnd)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
  const rest = text.slice(headEnd + 4)
  if (status >= 100 && status < 200) return readAnswer(rest, method, ended)
  const body =
    method === 'HEAD' || status === 204 || status === 304 ? '' : readBody(head, rest, ended)
  if (body === undefined) return undefined
  const closes = ended || /^HTTP\/1\.0|\r\nconnection: *close/i.test(head)
  return { answer: { status, head, body }, reusable: !closes }
}

function readBody(head: string, rest: string, ended: boolean): string | undefined {
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return readChunks(rest)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) return ended ? rest : undefined
  return rest.length < Number(length) ? undefined : rest.slice(0, Number(length))
}

function readChunks(text: string): string | undefined {
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    const end = lineEnd + 2 + size + 2
    if (!(size >= 0) || text.length < end) return undefined
    if (size === 0) return body
    body += text.slice(lineEnd + 2, end - 2)
    at = end
  }
}
