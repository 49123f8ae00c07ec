import { BlockList, isIP } from 'node:net'
import { plainAddress } from './forwarded.ts'
import type { TrustedPeers } from './trusted-peers.ts'

/** Longer chains of proxies are somebody's joke. */
const MOST_HOPS = 32

/**
 * The address of the client itself: the peer, or what trusted proxies tell of whom they forward for,
 * from the nearest on, up to the first that is not trusted. Undefined when a trusted proxy's
 * `X-Forwarded-For` holds no address there, so that nobody can tell.
 *
 * @param forwardedFor all fields of that name, joined by commas
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: TrustedPeers
): string | undefined {
  let address = plainAddress(peer)
  const hops = forwardedFor?.split(',') ?? []
  for (const hop of hops.reverse().slice(0, MOST_HOPS)) {
    if (!trusted(address)) return address
    const told = plainAddress(hop.trim().toLowerCase())
    if (isIP(told) === 0) return undefined
    address = told
  }
  return address
}

/** True for addresses in one of the networks; IPv4 and IPv6 never match each other's networks. */
export type NetworkMatcher = (address: string) => boolean

export function networkMatcher(networks: readonly string[]): NetworkMatcher {
  const lists = { 4: new BlockList(), 6: new BlockList() }
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const version = isIP(address)
    if (version === 4) lists[4].addSubnet(address, Number(prefix ?? 32), 'ipv4')
    else if (version === 6) lists[6].addSubnet(address, Number(prefix ?? 128), 'ipv6')
  }
  return (given) => {
    const address = plainAddress(given)
    const version = isIP(address)
    if (version === 4) return lists[4].check(address, 'ipv4')
    return version === 6 && lists[6].check(address, 'ipv6')
  }
}
