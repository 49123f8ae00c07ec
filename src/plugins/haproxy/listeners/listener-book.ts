import { createLoop } from '../apply/loop.ts'
import { covers, type SocketAddress, socketKey } from '../render/listener-address.ts'
import type { Wanted } from '../render/listeners.ts'
import type { Refusal } from '../render/options.ts'
import { refusalFor } from './try-bind.ts'
import type { LookUpCertificates } from './usable-certificates.ts'

/**
 * What is known of the sockets and certificates that apps want. HAProxy's check binds nothing, and a
 * reload that then can't bind one socket fails for all: so each is tried before it is rendered.
 */
export interface ListenerBook {
  /** Sockets that can't be bound, by `socketKey`. */
  readonly refused: ReadonlyMap<string, Refusal>
  /** Certificates that can be used. */
  readonly certificateFiles: ReadonlySet<string>
  /** False: something in it has not been looked at yet, and `onChange` follows. */
  use(wanted: Wanted): boolean
  /**
   * Looks again at what HAProxy has not bound yet, right before it does.
   * False: something can't be bound any more, and `onChange` follows.
   */
  recheck(): Promise<boolean>
  close(): void
}

export interface ListenerTools {
  /** Node's error code; undefined when the socket can be bound. */
  tryBind(socket: SocketAddress): Promise<string | undefined>
  /** Where HAProxy listens now; undefined when nobody can tell. */
  ownSockets(): Promise<readonly SocketAddress[] | undefined>
  readonly lookUpCertificates: LookUpCertificates
  /** HAProxy could not be started or reloaded: a socket may be why. */
  isFailing(): boolean
  /** HAProxy has other rights than the gateway, which then can't tell what they allow. */
  readonly foreign: boolean
}

export interface ListenerPace {
  /** From one look at what was refused to the next, ms. */
  readonly againMs: number
  /** Shortest such time when the table changes, ms. */
  readonly soonestMs: number
}

const PACE: ListenerPace = { againMs: 30_000, soonestMs: 1_000 }
/** How often it is looked whether HAProxy fails, ms. */
const WATCH_MS = 1_000
/** A look takes a tenth of the time at most. */
const REST_FACTOR = 10

const NOTHING: Wanted = { sockets: [], certificates: new Set() }

export function createListenerBook(
  onChange: () => void,
  tools: ListenerTools,
  pace: ListenerPace = PACE
): ListenerBook {
  let wanted = NOTHING
  /** By `socketKey`; undefined: it can be bound. */
  const verdicts = new Map<string, Refusal | undefined>()
  let certificateFiles: ReadonlySet<string> = new Set()
  let lookedAt: ReadonlySet<string> = new Set()
  let lookedFor = NOTHING
  let lastLook = Number.NEGATIVE_INFINITY
  let isAwaited = false
  const loop = createLoop(round)

  async function round(): Promise<number> {
    const from = performance.now()
    const asked = wanted
    const pause = asked === lookedFor ? pace.againMs : pace.soonestMs
    const isDue = from >= lastLook + pause
    const sockets = asked.sockets.filter((one) => isDue && isRefused(one))
    sockets.push(...asked.sockets.filter((one) => !verdicts.has(socketKey(one))))
    if (tools.isFailing()) sockets.push(...(await unbound(asked)))
    const news = [await lookAtSockets(sockets)]
    if (isDue || !isLookedAt(asked)) news.push(await lookAtFiles(asked))
    if (isDue) {
      lastLook = from
      lookedFor = asked
    }
    tell(news.includes(true))
    return Math.max(WATCH_MS, REST_FACTOR * (performance.now() - from))
  }

  function tell(isNews: boolean): void {
    const isAnswer = isAwaited && isKnown(wanted)
    if (isAnswer) isAwaited = false
    // Whoever waits is told once all is known, and not before.
    if (isAnswer || (isNews && !isAwaited)) onChange()
  }

  /** True when a verdict is another one than before. */
  async function lookAtSockets(sockets: readonly SocketAddress[]): Promise<boolean> {
    const codes = new Map<SocketAddress, string | undefined>()
    for (const socket of sockets) codes.set(socket, await tools.tryBind(socket))
    const isBusy = [...codes.values()].includes('EADDRINUSE')
    const own = isBusy ? await tools.ownSockets() : []
    let isNews = false
    for (const [socket, code] of codes) {
      const verdict = verdictOf(socket, code, own)
      const key = socketKey(socket)
      if (verdicts.get(key)?.reason !== verdict?.reason) isNews = true
      verdicts.set(key, verdict)
    }
    return isNews
  }

  function verdictOf(
    socket: SocketAddress,
    code: string | undefined,
    own: readonly SocketAddress[] | undefined
  ): Refusal | undefined {
    if (code === undefined || (code === 'EACCES' && tools.foreign)) return undefined
    if (code === 'EADDRINUSE' && isBound(socket, own)) return undefined
    return refusalFor(code)
  }

  async function lookAtFiles({ certificates }: Wanted): Promise<boolean> {
    const usable = await tools.lookUpCertificates(certificates)
    const isSame = [...certificates].every(
      (file) => usable.has(file) === certificateFiles.has(file)
    )
    certificateFiles = usable
    lookedAt = certificates
    return !isSame
  }

  /** Sockets that HAProxy shall bind and has not. */
  async function unbound({ sockets }: Wanted): Promise<readonly SocketAddress[]> {
    const own = await tools.ownSockets()
    return sockets.filter((socket) => {
      const key = socketKey(socket)
      return verdicts.has(key) && verdicts.get(key) === undefined && !isBound(socket, own)
    })
  }

  function isRefused(socket: SocketAddress): boolean {
    return verdicts.get(socketKey(socket)) !== undefined
  }

  function isLookedAt({ certificates }: Wanted): boolean {
    return [...certificates].every((file) => lookedAt.has(file))
  }

  function isKnown(asked: Wanted): boolean {
    return isLookedAt(asked) && asked.sockets.every((one) => verdicts.has(socketKey(one)))
  }

  return {
    get refused() {
      const refused = [...verdicts].filter(([, verdict]) => verdict !== undefined)
      return new Map(refused as [string, Refusal][])
    },
    get certificateFiles() {
      return certificateFiles
    },
    use(next) {
      wanted = next
      const keys = new Set(next.sockets.map(socketKey))
      for (const key of verdicts.keys()) if (!keys.has(key)) verdicts.delete(key)
      isAwaited = !isKnown(next)
      // For nothing there is nothing to watch.
      if (next.sockets.length > 0 || isAwaited) loop.poke()
      return !isAwaited
    },
    async recheck() {
      const isNews = await lookAtSockets(await unbound(wanted))
      if (isNews) tell(true)
      return !isNews
    },
    close: () => void loop.close()
  }
}

/** When nobody can tell, HAProxy is taken to have it: what it has must not be taken away. */
function isBound(socket: SocketAddress, own: readonly SocketAddress[] | undefined): boolean {
  if (own === undefined) return true
  return own.some(({ host, port }) => port === socket.port && covers(host, socket.host))
}
