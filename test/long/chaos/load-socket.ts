import { connect } from 'node:net'
import type { Failure, SocketEnd } from './load-messages.ts'
import { now } from './now.ts'

const PING_EVERY_MS = 250
/** RFC 6455 §1.3 gives this key; nobody here cares for its value. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

export interface HoldOptions {
  readonly port: number
  readonly host: string
  readonly id: string
  readonly onOpened: () => void
  readonly onRoundTrip: () => void
  /** Told once, unless we end it ourselves. */
  readonly onEnd: (end: SocketEnd) => void
  /** Told once when none was opened. */
  readonly onFailure: (failure: Failure) => void
}

/**
 * Holds a WebSocket, asks for an echo again and again, and takes nothing else for one.
 *
 * @returns ends it
 */
export function holdSocket(options: HoldOptions): () => void {
  const { port, host, id } = options
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const sentAt = now()
  const state = { task: undefined as string | undefined, openedAt: 0, isOver: false }
  let received = ''
  let awaited = ''
  let count = 0
  let timer: NodeJS.Timeout | undefined

  function end(reason: string): void {
    if (state.isOver) return
    state.isOver = true
    clearInterval(timer)
    socket.destroy()
    const { task, openedAt } = state
    if (task !== undefined) {
      options.onEnd({ id, host, task, openedAt, endedAt: now(), reason })
      return
    }
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0)
    const code = /GW_[A-Z_]+/.exec(received)?.[0]
    options.onFailure({
      ...{
        id,
        kind: 'WebSocket',
        method: 'UPGRADE',
        host,
        sentAt,
        failedAt: now(),
        status,
        reason
      },
      ...(code === undefined ? {} : { code })
    })
  }

  function ping(): void {
    if (awaited !== '') return
    count += 1
    const text = `ping ${count}`
    // RFC 6455 §5.2: a final text frame, masked with zeros; the task sends the very bytes back.
    awaited = `\x81${String.fromCharCode(0x80 | text.length)}\0\0\0\0${text}`
    socket.write(awaited, 'latin1')
  }

  function open(): void {
    const head = received.indexOf('\r\n\r\n')
    if (head < 0) return
    if (!received.startsWith('HTTP/1.1 101 ')) return
    state.task = /x-task: (\S+)/i.exec(received)?.[1] ?? ''
    state.openedAt = now()
    received = received.slice(head + 4)
    options.onOpened()
    timer = setInterval(ping, PING_EVERY_MS)
  }

  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    if (state.task === undefined) return open()
    if (received.length < awaited.length || awaited === '') return
    if (received !== awaited) return end('another echo came')
    options.onRoundTrip()
    awaited = ''
    received = ''
  })
  socket.on('error', (error) => end(error.message))
  socket.on('close', () => end('closed'))
  socket.write(
    `GET /${id}/socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`
  )
  return () => {
    state.isOver = true
    clearInterval(timer)
    socket.destroy()
  }
}
