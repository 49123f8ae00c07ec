import { text } from 'node:stream/consumers'
import { createHaproxyKeeper } from '../../src/plugins/haproxy/apply/keeper.ts'
import { createKeeperTools } from '../../src/plugins/haproxy/apply/keeper-tools.ts'
import type { Desired } from '../../src/plugins/haproxy/desired.ts'
import { settled } from './haproxy.ts'
import { renderState } from './haproxy-states.ts'

/** A process that keeps an HAProxy in the state given on its standard input until it is killed. */

interface Order {
  readonly folder: string
  readonly socket: string
  readonly desired: Desired
}

const { folder, socket, desired } = JSON.parse(await text(process.stdin)) as Order
const silent = () => undefined
const options = {
  folder,
  configFile: 'haproxy.cfg',
  spares: 2,
  rewriteMs: 200,
  reloadEveryMs: 0,
  compareMs: 60_000,
  leaveMs: 60_000
}
const tools = createKeeperTools({
  binary: 'haproxy',
  socket,
  startMs: 20_000,
  stopMs: 100,
  render: renderState,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  ...options
})
const keeper = createHaproxyKeeper(options, tools)
keeper.apply(desired)
await settled(keeper)
process.stdout.write('settled\n')
// Until somebody kills it.
setInterval(silent, 60_000)
