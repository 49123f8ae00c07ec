import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

/** One WebSocket through the front door that asks for an echo again and again. */
export interface HeldWebSocket {
  readonly roundTrips: number
  /** Why it is broken; undefined while it works. */
  readonly fault: string | undefined
  close(): void
}

const PING_EVERY_MS = 100
const LONGEST_SILENCE_MS = 30_000

/** @throws Error when the front door does not switch protocols */
export async function holdWebSocket(port: number, host: string): Promise<HeldWebSocket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const state = { roundTrips: 0, fault: undefined as string | undefined }
  let isOver = false
  let received = Buffer.alloc(0)
  let sentAt = 0
  let waitingFor: Buffer | undefined
  const fail = (reason: string) => {
    if (!isOver) state.fault ??= `${reason} after ${state.roundTrips} round trips`
    socket.destroy()
  }
  socket.on('error', (error) => fail(error.message))
  socket.on('close', () => fail('it was closed'))
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`
  )
  const [first] = (await once(socket, 'data')) as [Buffer]
  if (!first.toString('latin1').startsWith('HTTP/1.1 101 ')) {
    throw new Error(`no WebSocket: ${first.toString('latin1').split('\r\n')[0]}`)
  }
  socket.on('data', (piece) => {
    received = Buffer.concat([received, piece])
    if (waitingFor === undefined || received.length < waitingFor.length) return
    if (!received.equals(waitingFor)) return fail('another echo came')
    received = Buffer.alloc(0)
    waitingFor = undefined
    state.roundTrips += 1
  })
  const timer = setInterval(() => {
    if (waitingFor !== undefined) {
      if (Date.now() - sentAt > LONGEST_SILENCE_MS) fail('no echo came')
      return
    }
    const text = Buffer.from(`ping ${state.roundTrips}`)
    // RFC 6455 §5.2: final text frame; from a client masked, here with a mask of zeros.
    socket.write(Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0, ...text]))
    waitingFor = Buffer.from([0x81, text.length, ...text])
    sentAt = Date.now()
  }, PING_EVERY_MS)
  return {
    get roundTrips() {
      return state.roundTrips
    },
    get fault() {
      return state.fault
    },
    close() {
      isOver = true
      clearInterval(timer)
      socket.destroy()
    }
  }
}
