import { isSameSocket, listenerHost, type SocketAddress } from './listener-address.ts'
import type { RenderOptions } from './options.ts'

/** Sockets that somebody has, and who. */
export interface TakenSockets {
  add(socket: SocketAddress, holder: string): void
  /** Who has a socket that this one would share connections with. */
  holderOf(socket: SocketAddress): string | undefined
}

export function createTakenSockets(): TakenSockets {
  const byPort = new Map<number, { readonly host: string; readonly holder: string }[]>()
  return {
    add({ host, port }, holder) {
      byPort.set(port, [...(byPort.get(port) ?? []), { host, holder }])
    },
    holderOf({ host, port }) {
      return byPort.get(port)?.find((one) => isSameSocket(one.host, host))?.holder
    }
  }
}

/** The gateway's own listeners. */
export function frontSockets({ binds, tls }: RenderOptions): TakenSockets {
  const taken = createTakenSockets()
  for (const { host, port } of tls === undefined ? binds : [...binds, tls]) {
    taken.add({ host: listenerHost(host), port }, 'the gateway itself')
  }
  return taken
}
