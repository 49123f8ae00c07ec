import type { HaproxyOptions } from '../options.ts'
import { socketOf } from '../render-options-of.ts'
import { createListenerBook, type ListenerBook } from './listener-book.ts'
import { askOwnSockets } from './own-sockets.ts'
import { tryBind } from './try-bind.ts'
import { createCertificateLook } from './usable-certificates.ts'

/** The book of a gateway with service ports; undefined without. It opens each socket for a moment. */
export function listenerBookFor(
  options: HaproxyOptions,
  hooks: { onChange(): void; isFailing(): boolean }
): ListenerBook | undefined {
  if (!options.servicePorts) return undefined
  const socket = socketOf(options)
  return createListenerBook(() => hooks.onChange(), {
    tryBind,
    ownSockets: () => askOwnSockets(socket),
    lookUpCertificates: createCertificateLook(options.certificates),
    isFailing: () => hooks.isFailing(),
    foreign: options.socket !== ''
  })
}
