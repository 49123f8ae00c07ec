import { healthPlugin } from '../../src/plugins/health/index.ts'
import { type FrontDoorUnderTest, openFullLane } from './front-door.ts'
import type { Order } from './front-door-process.ts'

/** The process behind `startFrontDoorProcess`. Ends by itself when nothing is left open. */
let door: FrontDoorUnderTest | undefined

process.on('message', async (order: Order) => {
  if ('open' in order) {
    const plugins = [{ plugin: healthPlugin, options: { listen: '127.0.0.1:0' } }]
    door = await openFullLane({ ...order.open, plugins })
    process.send?.({ ports: [door.port, door.healthPort] })
  } else if ('publish' in order) {
    await door?.publish(order.publish)
    process.send?.({})
  } else if ('memory' in order) {
    process.send?.({ memory: process.memoryUsage.rss() })
  } else {
    // The channel would hold the process; from here on only the gateway may.
    process.disconnect()
    await door?.stop()
  }
})
