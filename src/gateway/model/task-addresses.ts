import { BlockList, isIP } from 'node:net'
import type { Address } from './endpoints.ts'

/** Where a part of the gateway listens that no route may lead to. */
export interface OwnAddress {
  /** Every host by which it can be reached, lower-case. */
  readonly hosts: ReadonlySet<string>
  readonly port: number
}

/** Why no request may go to an address, in the words behind "is at"; undefined: it may. */
export type AddressCheck = (address: Address) => string | undefined

/** A name that a resolver may take for an IPv4 address in another spelling, as 2852039166 or 0x7f.1. */
const DISGUISED = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i
const LINK_LOCAL_6 = /^fe[89ab][0-9a-f]:/
const MAPPED = /^(?:::ffff:)(?=[\d.]+$)/

/**
 * Holds the addresses that Marathon tells of tasks against what a task can have. Who owns an app owns its ports, and in
 * some networks its addresses: a route must not lead to the metadata service of a cloud (link-local), to this machine by
 * its unspecified address, or to the operators' side of the gateway.
 *
 * @param networks addresses and networks in CIDR form; none: any. Names can't be held against them.
 */
export function addressCheck(
  networks: readonly string[],
  own: readonly OwnAddress[]
): AddressCheck {
  const isAllowed = matcherOf(networks)
  return ({ host: given, port }) => {
    const host = plainHost(given)
    const version = isIP(host)
    const fault = impossible(host, version)
    if (fault !== undefined) return fault
    const name = version === 4 && host.startsWith('127.') ? '127.0.0.1' : host
    if (own.some((one) => one.port === port && one.hosts.has(name))) {
      return 'the gateway’s own admin side'
    }
    return version === 0 || isAllowed(host, version)
      ? undefined
      : 'outside of marathon.taskNetworks'
  }
}

function plainHost(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
    .replace(MAPPED, '')
}

/** Why no task can have that address. */
function impossible(host: string, version: number): string | undefined {
  if (version === 0) return DISGUISED.test(host) ? 'no address and no name' : undefined
  if (isLinkLocal(host, version)) return 'a link-local address'
  const isUnspecified = host === '::' || (version === 4 && host.startsWith('0.'))
  return isUnspecified ? 'an unspecified address' : undefined
}

/** 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291 §2.4). @param host lower-case, without brackets */
export function isLinkLocal(host: string, version: number): boolean {
  return version === 4 ? host.startsWith('169.254.') : version === 6 && LINK_LOCAL_6.test(host)
}

function matcherOf(networks: readonly string[]): (host: string, version: number) => boolean {
  if (networks.length === 0) return () => true
  const lists = { 4: new BlockList(), 6: new BlockList() }
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    if (isIP(address) === 4) lists[4].addSubnet(address, Number(prefix ?? 32), 'ipv4')
    else lists[6].addSubnet(address, Number(prefix ?? 128), 'ipv6')
  }
  return (host, version) =>
    version === 4 ? lists[4].check(host, 'ipv4') : lists[6].check(host, 'ipv6')
}
