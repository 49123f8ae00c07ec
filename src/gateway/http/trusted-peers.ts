import { BlockList, isIP } from 'node:net'

/** Says whether the peer of a connection is a proxy whose forwarding headers are believed. */
export type TrustedPeers = (address: string | undefined) => boolean

/**
 * @param networks addresses or CIDR networks, IPv4 and IPv6
 * @throws Error that names the entry which is neither
 */
export function trustedPeers(networks: readonly string[]): TrustedPeers {
  if (networks.length === 0) return () => false
  const list = new BlockList()
  for (const network of networks) addNetwork(list, network)
  return (address) => {
    if (address === undefined) return false
    // A dual-stack listener sees IPv4 peers as ::ffff:a.b.c.d, which BlockList matches as IPv4 too.
    return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix, ...rest] = network.split('/')
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const length = prefix === undefined ? bits : Number(prefix)
  const valid = version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix ?? '0')
  if (!valid || length > bits) {
    throw new Error(`"${network}" is no address or network such as 10.0.0.0/8`)
  }
  list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
}
