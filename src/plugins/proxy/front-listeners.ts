import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { durationMs } from '../../gateway/config/duration.ts'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { Connections } from '../../gateway/plugin.ts'
import { type Acceptor, createAcceptor } from './acceptor.ts'
import { type ClientConnections, createExhaustedAnswer } from './client-connections.ts'
import type { OwedAnswers } from './closing.ts'
import { type ConnectionTaker, counted, fullLaneTaker } from './connection-taker.ts'
import { type Arrival, createFrontServer, type FrontServerSettings } from './front-server.ts'
import type { Bind } from './listeners.ts'
import type { ProxyOptions } from './options.ts'

/** HAProxy holds the front port, and sends what it can't carry to unix sockets that only it reaches. */
export interface BehindHaproxy {
  readonly sockets: readonly {
    readonly path: string
    /** Its requests came in at listeners that obey `X-Marathon-App-Id`. */
    readonly appIdHeader: boolean
  }[]
  /** Permission bits of the sockets: HAProxy runs as our user (0o600), or in our group (0o660). */
  readonly mode: number
  /** Port of HAProxy's TLS listener; undefined: none. */
  readonly tlsPort?: number
}

/** Port of the address with `https:`: HAProxy's, or that of a proxy in front of it; undefined: none. */
export function httpsPort(
  { trustedProxies }: Pick<ProxyOptions, 'trustedProxies'>,
  behind: Pick<BehindHaproxy, 'tlsPort'> | undefined
): number | undefined {
  if (behind === undefined) return undefined
  return behind.tlsPort ?? (trustedProxies.length > 0 ? 443 : undefined)
}

/** One place where requests come in. */
export interface FrontListener {
  /** Its place among all of them. */
  readonly index: number
  readonly bind: Bind
  readonly appIdHeader: boolean
  readonly behindHaproxy: boolean
}

export interface FrontListenerEvents {
  /** Keeps what connections of the full lane owe. */
  readonly owed: OwedAnswers
  onRequest(arrival: Arrival, listener: FrontListener): void
  /** Whether the route of a websocket handshake has websockets. */
  allowsUpgrade(req: IncomingMessage, listener: FrontListener): boolean
  /** The parser refused what a client sent. */
  onRefused(error: GatewayErrorName, peer: string): void
  /** Puts the wire lane in front of a server; undefined: that listener has none. */
  wire(listener: FrontListener, server: Server): ConnectionTaker | undefined
  /** A connection could not be accepted: for want of file descriptors, above all. */
  onAcceptFailed(error: Error): void
  readonly admit: ClientConnections['admit']
}

export interface FrontListeners {
  /** Binds all. @returns where they ended up */
  open(): Promise<Bind[]>
  /** Stops accepting, and resolves when no connection is left; what runs at the deadline is cut. */
  close(deadline: AbortSignal): Promise<void>
}

/** Of the process that carries the traffic. */
export interface CarryingListeners extends FrontListeners {
  /** WebSockets that are open. */
  readonly tunnels: number
}

/** HAProxy adds fields to a head that it found small enough, in this many bytes at most. */
const HAPROXY_ADDS_BYTES = 4096
/** HAProxy drops idle connections after seconds; if we did it first, it could lose a request. */
const HAPROXY_KEEP_ALIVE_MS = 3_600_000

/**
 * Makes the servers of the front door; nothing is open yet.
 *
 * @param passed where the connections come from that another process accepts; undefined: this process
 *   listens itself
 */
export function createFrontListeners(
  options: ProxyOptions,
  behind: BehindHaproxy | undefined,
  passed: Connections | undefined,
  events: FrontListenerEvents
): CarryingListeners {
  const detached = new Set<Socket>()
  const servers = frontListenersOf(options, behind).map((listener) => {
    const server = createFrontServer(settingsOf(options, listener), {
      owed: events.owed,
      onRequest: (arrival) => events.onRequest(arrival, listener),
      allowsUpgrade: (req) => events.allowsUpgrade(req, listener),
      onRefused: events.onRefused,
      onDetached: (socket) => {
        detached.add(socket)
        socket.once('close', () => detached.delete(socket))
      }
    })
    const taker = counted(events.wire(listener, server) ?? fullLaneTaker(server), events.admit)
    return passed === undefined
      ? accepts(taker, listener, events)
      : takesPassed(taker, listener, passed)
  })
  return {
    get tunnels() {
      return detached.size
    },
    open: async () => (await Promise.all(servers.map(({ open }) => open()))).flat(),
    async close(deadline) {
      const cut = (): void => {
        for (const socket of detached) socket.destroy()
      }
      if (deadline.aborted) cut()
      deadline.addEventListener('abort', cut, { once: true })
      await Promise.all(servers.map(({ close }) => close(deadline)))
    }
  }
}

/** What a process does at the front door that has others carry its traffic: it accepts for them. */
export function createPassingListeners(
  options: ProxyOptions,
  connections: Connections,
  onAcceptFailed: (error: Error) => void
): FrontListeners {
  const refuse = createExhaustedAnswer()
  const acceptors = frontListenersOf(options, undefined).map((listener) => {
    const name = listenerName(listener)
    const pass = (socket: Socket): void => connections.pass(name, socket, () => refuse(socket))
    return { listener, acceptor: createAcceptor(pass, onAcceptFailed) }
  })
  return {
    open: () =>
      Promise.all(acceptors.map(({ listener, acceptor }) => acceptor.open(listener.bind))),
    async close(deadline) {
      for (const { acceptor } of acceptors) acceptor.close()
      await connections.ended(deadline)
    }
  }
}

interface OneListener {
  /** @returns where it ended up, if it is bound to anything */
  open(): Promise<Bind[]>
  close(deadline: AbortSignal): Promise<void>
}

function accepts(
  taker: ConnectionTaker,
  { bind }: FrontListener,
  { onAcceptFailed }: Pick<FrontListenerEvents, 'onAcceptFailed'>
): OneListener {
  const acceptor: Acceptor = createAcceptor(taker.take, onAcceptFailed)
  return {
    async open() {
      await taker.open()
      return [await acceptor.open(bind)]
    },
    close(deadline) {
      acceptor.close()
      return taker.close(deadline)
    }
  }
}

function takesPassed(
  taker: ConnectionTaker,
  listener: FrontListener,
  connections: Connections
): OneListener {
  return {
    async open() {
      await taker.open()
      connections.take(listenerName(listener), taker.take)
      return []
    },
    close: taker.close
  }
}

/** The same in each process that has the same options. */
function listenerName({ index }: FrontListener): string {
  return `${index}`
}

function frontListenersOf(
  options: ProxyOptions,
  behind: BehindHaproxy | undefined
): FrontListener[] {
  if (behind !== undefined) {
    const { sockets, mode } = behind
    return sockets.map(({ path, appIdHeader }, index) => ({
      index,
      bind: { path, mode },
      appIdHeader,
      behindHaproxy: true
    }))
  }
  return [options, ...options.listeners].map(({ host, port, appIdHeader }, index) => ({
    index,
    bind: { host, port },
    appIdHeader,
    behindHaproxy: false
  }))
}

function settingsOf(
  { timeout, maxHeadBytes }: ProxyOptions,
  { behindHaproxy }: FrontListener
): FrontServerSettings {
  return {
    headTimeoutMs: durationMs(timeout.head),
    keepAliveMs: behindHaproxy ? HAPROXY_KEEP_ALIVE_MS : durationMs(timeout.keepAlive),
    maxHeadBytes: behindHaproxy ? maxHeadBytes + HAPROXY_ADDS_BYTES : maxHeadBytes
  }
}
