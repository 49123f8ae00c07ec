import { isIPv4 } from 'node:net'

/** Where a listener is bound. */
export interface SocketAddress {
  /** Empty: all addresses, IPv6 and IPv4. */
  readonly host: string
  readonly port: number
}

/** One spelling for each address; `::` takes IPv4 as well, so that it is the same as none. */
export function listenerHost(host: string): string {
  if (!host.includes(':')) return host
  try {
    const plain = new URL(`http://[${host}]`).hostname.slice(1, -1)
    return plain === '::' ? '' : plain
  } catch {
    return host
  }
}

/** Tells sockets apart; the host is one that `listenerHost` gave. */
export function socketKey({ host, port }: SocketAddress): string {
  return `${port} ${host}`
}

/**
 * Whether two listeners of one port would get each other's connections. HAProxy binds both without a
 * word (`SO_REUSEPORT`), and the kernel deals connections out to either. In doubt, they would.
 */
export function isSameSocket(one: string, other: string): boolean {
  return one === other || isWide(one) || isWide(other)
}

/** Whether a listener at `wide` gets all connections to `host`. */
export function covers(wide: string, host: string): boolean {
  return wide === host || wide === '' || (wide === '0.0.0.0' && isIPv4(host))
}

/** All addresses, of one kind at least; or one of IPv4 in disguise. */
function isWide(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host.startsWith('::ffff:')
}
