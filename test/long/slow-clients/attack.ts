import { connect, type Socket } from 'node:net'

/** How a client wastes time: with a head, with nothing, with a body, or with an answer. */
export type AttackKind = 'head' | 'idle' | 'body' | 'reader'

export interface AttackOrder {
  readonly port: number
  readonly kinds: readonly AttackKind[]
  /** Connections at once; who is closed comes again. */
  readonly connections: number
  /** Second byte of the addresses it comes from, `127.x.…`, so that no two attackers share one. */
  readonly network: number
}

/** What is told while it lasts. */
export interface AttackNews {
  readonly open: number
  /** Connections that the gateway ended. */
  readonly ended: number
  /** Ms that the longest of those had, by kind. */
  readonly longest: Readonly<Partial<Record<AttackKind, number>>>
}

/** As fast as they are ended, about: an attack that goes on is no wave. */
const OPENED_PER_TICK = 6
const TICK_MS = 10
const TRICKLE_MS = 1000
const BACK_AFTER_MS = 100
/** Streamed to the task, for it is too large to be read before. */
const LARGE_BODY = 10_000_000

const HEAD = 'Host: myapp.local\r\n'
const FIRST: Readonly<Record<AttackKind, string>> = {
  head: `GET / HTTP/1.1\r\n${HEAD}`,
  idle: '',
  body: `POST /body HTTP/1.1\r\n${HEAD}Content-Length: ${LARGE_BODY}\r\n\r\nx`,
  reader: `GET /large HTTP/1.1\r\n${HEAD}\r\n`
}
const PIECE: Readonly<Partial<Record<AttackKind, string>>> = { head: 'X: y\r\n', body: 'x' }

/** Opens connections, each from an address of its own, and keeps their number until it is stopped. */
export function startAttack({ port, kinds, connections, network }: AttackOrder) {
  const open = new Set<{ readonly socket: Socket; readonly kind: AttackKind }>()
  const longest: Partial<Record<AttackKind, number>> = {}
  let ended = 0
  let made = 0
  let coming = 0

  function attackOnce(): void {
    const at = made++
    const kind = kinds[at % kinds.length] as AttackKind
    const host = `127.${network}.${1 + (Math.floor(at / 250) % 250)}.${1 + (at % 250)}`
    const socket = connect({ port, host: '127.0.0.1', localAddress: host, noDelay: true })
    const one = { socket, kind }
    const since = performance.now()
    open.add(one)
    socket.on('error', () => undefined)
    if (kind === 'reader') socket.pause()
    else socket.resume()
    socket.once('connect', () => socket.write(FIRST[kind]))
    const piece = PIECE[kind]
    // Each at its own time: they do not know of each other.
    const trickling = setInterval(() => {
      if (piece !== undefined && socket.writable && !socket.connecting) socket.write(piece)
    }, TRICKLE_MS)
    socket.once('close', () => {
      clearInterval(trickling)
      open.delete(one)
      ended += 1
      longest[kind] = Math.max(longest[kind] ?? 0, Math.round(performance.now() - since))
      coming += 1
      setTimeout(() => {
        coming -= 1
      }, BACK_AFTER_MS)
    })
  }

  const opening = setInterval(() => {
    const missing = connections - open.size - coming
    for (let i = 0; i < Math.min(missing, OPENED_PER_TICK); i += 1) attackOnce()
  }, TICK_MS)
  return {
    news: (): AttackNews => ({ open: open.size, ended, longest }),
    stop(): void {
      clearInterval(opening)
      for (const { socket } of open) socket.destroy()
    }
  }
}
