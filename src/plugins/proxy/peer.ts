import type { IncomingMessage } from 'node:http'
import { type AddressInfo, isIP, type Socket } from 'node:net'
import { plainAddress } from '../../gateway/http/forwarded.ts'
import type { TrustedPeers } from '../../gateway/http/trusted-peers.ts'

/** Whoever connected to the front port. */
export interface Peer {
  /** Empty when the connection is gone. */
  readonly address: string
  /** A configured proxy: what it says in `X-Forwarded-*` is believed. */
  readonly trusted: boolean
  /** How it came to the front port. */
  readonly proto: 'http' | 'https'
  /** The port it connected to. */
  readonly port: number
  /** HAProxy holds the front port and told the rest. */
  readonly behindHaproxy: boolean
}

/** The one place that knows who sent a request: its connection says so, or HAProxy does. */
export interface Peers {
  of(req: IncomingMessage): Peer
  /**
   * For a request on a socket that only HAProxy reaches: believes what `render/forwarded-rules.ts` of
   * the haproxy plane wrote, and takes it out of the request, which is then as if its peer had
   * come directly. To be called once, before anybody looks at the request.
   * @returns false when HAProxy did not send it
   */
  unwrap(req: IncomingMessage): boolean
}

export function createPeers(trusted: TrustedPeers): Peers {
  const told = new WeakMap<IncomingMessage, Peer>()
  const direct = new WeakMap<Socket, Peer>()
  function directOf(socket: Socket): Peer {
    const known = direct.get(socket)
    if (known !== undefined) return known
    const peer = directPeer(socket, trusted)
    // Else the connection is gone.
    if (peer.address !== '') direct.set(socket, peer)
    return peer
  }
  return {
    of: (req) => told.get(req) ?? directOf(req.socket),
    unwrap(req) {
      const address = lastHop(req)
      if (address === undefined) return false
      const isTrusted = trusted(address)
      const { 'x-forwarded-proto': proto, 'x-forwarded-port': port } = req.headers
      told.set(req, {
        address,
        trusted: isTrusted,
        proto: proto === 'https' ? 'https' : 'http',
        port: Number(port) || 0,
        behindHaproxy: true
      })
      // HAProxy passed on what a trusted proxy said; of all others, every field is its own.
      if (isTrusted) replaceFields(req, withoutLastHop(req.rawHeaders))
      else replaceFields(req, withoutNames(req.rawHeaders, TOLD_BY_HAPROXY))
      return true
    }
  }
}

/** Address of the other end of a connection; empty when nobody can tell. */
export function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress
}

/** Who connected, as the connection itself says. */
export function directPeer(socket: Socket, trusted: TrustedPeers): Peer {
  const { port = 0 } = socket.address() as Partial<AddressInfo>
  const { remoteAddress } = socket
  return {
    address: addressOf(socket),
    trusted: trusted(remoteAddress),
    proto: 'http',
    port,
    behindHaproxy: false
  }
}

const CHAIN = 'x-forwarded-for'
const TOLD_BY_HAPROXY: readonly string[] = [
  CHAIN,
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port'
]

/** Whom HAProxy took the request from: it appends that address to the chain, whatever the chain says. */
function lastHop({ rawHeaders }: IncomingMessage): string | undefined {
  const value = rawHeaders[lastIndexOf(rawHeaders, CHAIN) + 1] ?? ''
  const address = plainAddress(value.slice(value.lastIndexOf(',') + 1).trim())
  return isIP(address) === 0 ? undefined : address
}

/** The chain as the peer itself sent it; no field at all when it had none. */
function withoutLastHop(raw: readonly string[]): string[] {
  const at = lastIndexOf(raw, CHAIN)
  const value = raw[at + 1] ?? ''
  const comma = value.lastIndexOf(',')
  return comma === -1 ? raw.toSpliced(at, 2) : raw.with(at + 1, value.slice(0, comma))
}

/** Index of the name of the last such field in a flat list; -2 when there is none. */
function lastIndexOf(raw: readonly string[], name: string): number {
  for (let i = raw.length - 2; i >= 0; i -= 2) {
    if (raw[i]?.toLowerCase() === name) return i
  }
  return -2
}

function withoutNames(raw: readonly string[], names: readonly string[]): string[] {
  return raw.filter((_, i) => !names.includes(raw[i - (i % 2)]?.toLowerCase() ?? ''))
}

/** Only the four fields may differ from what they were. */
function replaceFields(req: IncomingMessage, raw: string[]): void {
  // Node makes both of `rawHeaders` when they are asked for first, and counts on its old length.
  const { headers, headersDistinct } = req
  req.rawHeaders = raw
  for (const name of TOLD_BY_HAPROXY) {
    const values = raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name)
    delete headers[name]
    delete headersDistinct[name]
    if (values.length === 0) continue
    headers[name] = values.join(', ')
    headersDistinct[name] = values
  }
}
