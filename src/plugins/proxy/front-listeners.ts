import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { durationMs } from '../../gateway/config/duration.ts'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import { type Arrival, createFrontServer, type FrontServerSettings } from './front-server.ts'
import { type Bind, drain, listen } from './listeners.ts'
import type { ProxyOptions } from './options.ts'
import type { WireServer } from './wire/wire-server.ts'

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
  readonly bind: Bind
  readonly appIdHeader: boolean
  readonly behindHaproxy: boolean
}

export interface FrontListenerEvents {
  onRequest(arrival: Arrival, listener: FrontListener): void
  /** Whether the route of a websocket handshake has websockets. */
  allowsUpgrade(req: IncomingMessage, listener: FrontListener): boolean
  /** The parser refused what a client sent. */
  onRefused(error: GatewayErrorName, peer: string): void
  /** Puts the wire lane in front of a server; undefined: that listener has none. */
  wire(listener: FrontListener, server: Server): WireServer | undefined
}

export interface FrontListeners {
  /** Binds all. @returns where they ended up */
  open(): Promise<Bind[]>
  /** Stops accepting, and resolves when no connection is left; what runs at the deadline is cut. */
  close(deadline: AbortSignal): Promise<void>
}

/** HAProxy adds fields to a head that it found small enough, in this many bytes at most. */
const HAPROXY_ADDS_BYTES = 4096
/** HAProxy drops idle connections after seconds; if we did it first, it could lose a request. */
const HAPROXY_KEEP_ALIVE_MS = 3_600_000

/** Makes the servers of the front door; nothing is open yet. */
export function createFrontListeners(
  options: ProxyOptions,
  behind: BehindHaproxy | undefined,
  events: FrontListenerEvents
): FrontListeners {
  const detached = new Set<Socket>()
  const servers = listenersOf(options, behind).map((listener) => {
    const server = createFrontServer(settingsOf(options, listener), {
      onRequest: (arrival) => events.onRequest(arrival, listener),
      allowsUpgrade: (req) => events.allowsUpgrade(req, listener),
      onRefused: events.onRefused,
      onDetached: (socket) => {
        detached.add(socket)
        socket.once('close', () => detached.delete(socket))
      }
    })
    const { listen, close } = events.wire(listener, server) ?? alone(server)
    return { open: () => listen(listener.bind), close }
  })
  return {
    open: () => Promise.all(servers.map(({ open }) => open())),
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

/** A server that listens by itself. */
function alone(server: Server): WireServer {
  return {
    listen: (bind) => listen(server, bind),
    close: (deadline) => drain(server, deadline)
  }
}

function listenersOf(options: ProxyOptions, behind: BehindHaproxy | undefined): FrontListener[] {
  if (behind !== undefined) {
    const { sockets, mode } = behind
    return sockets.map(({ path, appIdHeader }) => ({
      bind: { path, mode },
      appIdHeader,
      behindHaproxy: true
    }))
  }
  return [options, ...options.listeners].map(({ host, port, appIdHeader }) => ({
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
