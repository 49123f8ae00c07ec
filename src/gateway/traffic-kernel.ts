import type { FastifyBaseLogger } from 'fastify'
import type { CoreConfig } from './config/core-schema.ts'
import { createKernelBase, type Kernel, type RunningKernel } from './kernel.ts'
import type { ControlProcess } from './processes.ts'
import { createTableFollower } from './table-follower.ts'

/** The part of a gateway that carries traffic, by a table that another process compiles. */
export function createTrafficKernel(
  config: Pick<CoreConfig, 'shutdown'>,
  log: FastifyBaseLogger,
  control: ControlProcess
): RunningKernel {
  const { shared, tools, ownStats, markStopping, cut } = createKernelBase('traffic', config, log)
  const keeper = createTableFollower(tools)
  const kernel: Kernel = {
    ...shared,
    keeper,
    connections: {
      taken: Promise.resolve(),
      pass: (_listener, socket) => socket.destroy(),
      take: control.take,
      ended: async () => undefined
    },
    noteFailure: control.failed,
    noteEndpoint: control.noted,
    addSource: () => () => undefined,
    refresh: control.refresh,
    letGo: () => [],
    readStats: async () => ownStats()
  }
  return {
    kernel,
    begin: () => control.follow({ change: keeper.change, stopping: markStopping, stats: ownStats }),
    markStopping,
    cut,
    flush: async () => undefined
  }
}
