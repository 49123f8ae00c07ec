import type { App, Task } from './app.ts'
import { type Address, addressOf } from './endpoints.ts'

/** Where the TCP ports of a task are; none while it has no agent, or the app no ports. */
export function servingAddresses(app: App, task: Task): readonly Address[] {
  return app.ports.flatMap(({ protocol }, index) => {
    if (protocol === 'udp') return []
    const address = addressOf(app, task, index)
    return typeof address === 'string' ? [] : [address]
  })
}
