import type { HaproxyOptions } from '../options.ts'
import type { Wanted } from '../render/listeners.ts'
import type { ListenerFacts } from '../render-options-of.ts'
import { listenerBookFor } from './listener-book-for.ts'

/**
 * What the plane would find out about the sockets and certificates of service ports on this machine.
 * Each socket that HAProxy does not hold is opened for a moment.
 */
export function lookAtListeners(options: HaproxyOptions, wanted: Wanted): Promise<ListenerFacts> {
  return new Promise((resolve) => {
    const book = listenerBookFor(options, { onChange: () => done(), isFailing: () => false })
    const done = () => {
      const { refused, certificateFiles } = book ?? {}
      book?.close()
      resolve({ ...(refused && { refused }), ...(certificateFiles && { certificateFiles }) })
    }
    if (book === undefined || book.use(wanted)) done()
  })
}
