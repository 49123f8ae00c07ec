import { isIPv6, type Socket } from 'node:net'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import { plainAddress } from '../../gateway/http/forwarded.ts'
import type { TrustedPeers } from '../../gateway/http/trusted-peers.ts'
import { refusalText } from './answer-text.ts'
import { addressOf } from './peer.ts'

/** How many connections each client has, so that none takes those of all others. */
export interface ClientShares {
  /** @returns false: the client has as many as one may have; this one is answered 429, and closes */
  admit(socket: Socket): boolean
}

export interface ClientShareRules {
  /** Most connections of one client; 0: any. */
  readonly most: number
  /** Proxies speak for many clients, and are not counted. */
  readonly trusted: TrustedPeers
  onRefused(name: 'tooManyConnections', peer: string): void
}

export function createClientShares({ most, trusted, onRefused }: ClientShareRules): ClientShares {
  const counts = new Map<string, number>()

  function leave(key: string): void {
    const left = (counts.get(key) ?? 1) - 1
    if (left > 0) counts.set(key, left)
    else counts.delete(key)
  }

  return {
    admit(socket) {
      const address = addressOf(socket)
      if (most === 0 || address === '' || trusted(address)) return true
      const key = clientKey(address)
      const count = counts.get(key) ?? 0
      if (count >= most) {
        refuseAtOnce(socket, 'tooManyConnections')
        onRefused('tooManyConnections', address)
        return false
      }
      counts.set(key, count + 1)
      socket.once('close', () => leave(key))
      return true
    }
  }
}

/** Who opens too many is not waited for: its connection ends with what is said, read or not. */
export function refuseAtOnce(socket: Socket, name: GatewayErrorName): void {
  socket.on('error', () => undefined)
  socket.write(refusalText(name))
  socket.destroySoon()
}

/** An IPv4 address, or the /64 network of an IPv6 one: whoever has one address there has all of them. */
export function clientKey(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [left = '', right] = plain.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':')
}
