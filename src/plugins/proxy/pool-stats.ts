import type { EndpointStats } from '../../gateway/http/upstream/upstream-client.ts'
import type { Stats } from '../../gateway/plugin.ts'

/** Of all connections to tasks. */
export function poolStats(pools: readonly EndpointStats[]): Stats {
  const sum = { taskConnections: 0, taskIdle: 0, inFlight: 0, queued: 0 }
  for (const { connections, idle, inFlight, queued } of pools) {
    sum.taskConnections += connections
    sum.taskIdle += idle
    sum.inFlight += inFlight
    sum.queued += queued
  }
  return sum
}
