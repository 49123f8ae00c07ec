import { isIPv6 } from 'node:net'
import { plainAddress } from '../../gateway/http/forwarded.ts'
import type { TrustedPeers } from '../../gateway/http/trusted-peers.ts'

/** How many connections each client has, so that none takes those of all others. */
export interface ClientShares {
  /** @returns what `leave` is to be told when the connection has ended; undefined: the client has as many as one may have */
  enter(address: string): string | undefined
  leave(share: string): void
}

/** Of who is not counted. */
const NO_SHARE = ''

export interface ClientShareRules {
  /** Most connections of one client; 0: any. */
  readonly most: number
  /** Proxies speak for many clients, and are not counted. */
  readonly trusted: TrustedPeers
}

export function createClientShares({ most, trusted }: ClientShareRules): ClientShares {
  const counts = new Map<string, number>()

  return {
    enter(address) {
      if (most === 0 || address === '' || trusted(address)) return NO_SHARE
      const share = clientKey(address)
      const count = counts.get(share) ?? 0
      if (count >= most) return undefined
      counts.set(share, count + 1)
      return share
    },
    leave(share) {
      if (share === NO_SHARE) return
      const left = (counts.get(share) ?? 1) - 1
      if (left > 0) counts.set(share, left)
      else counts.delete(share)
    }
  }
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
