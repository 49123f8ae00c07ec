import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { CoreConfig } from './config/core-schema.ts'
import { contain } from './faults.ts'
import { createKernelBase, type Kernel, type RunningKernel } from './kernel.ts'
import type { OwnAddress } from './model/task-addresses.ts'
import { naming } from './naming.ts'
import { ownAddresses } from './own-addresses.ts'
import { addNamed, type Undo } from './part-registry.ts'
import type { GatewayPlugin, SourceStatus } from './plugin.ts'
import { pluginLabels } from './plugin-labels.ts'
import { type Connections, type Stats, sumStats, type TrafficProcesses } from './processes.ts'
import type { Source } from './source.ts'
import type { SliceTools } from './state/slices.ts'
import { createStateFile, type StateFile } from './state/state-file.ts'
import type { State } from './state/state-text.ts'
import { createTableKeeper } from './table-keeper.ts'

const SLICES: SliceTools = { now: () => performance.now(), later: setImmediate }
/**
 * How long a source may take to say something before the state file speaks for it, ms: what a source says
 * now is better, and nobody shall wait longer than a second.
 */
const FALL_BACK_MS = 500

export interface ControlKernelParts {
  readonly plugins: readonly GatewayPlugin[]
  readonly log: FastifyBaseLogger
  /** Those that carry the traffic; undefined: this process does. */
  readonly others: TrafficProcesses | undefined
}

/** The part of a gateway that knows sources: all of it, unless others carry its traffic. */
export function createControlKernel(
  config: CoreConfig,
  { plugins, log, others }: ControlKernelParts
): RunningKernel {
  const base = createKernelBase(others?.role ?? 'both', config, log)
  const { shared, markStopping, cut } = base
  const { parts, faults, stopping } = shared
  let own: readonly OwnAddress[] = []
  let counted = 0
  const keeper = createTableKeeper({
    ...base.tools,
    log,
    routing: { ...config.routing, taskNetworks: config.marathon.taskNetworks },
    ownAddresses: () => {
      if (parts.addresses.length !== counted) own = ownAddresses(parts.addresses)
      counted = parts.addresses.length
      return own
    },
    labelSchemas: pluginLabels(plugins),
    openState: stateOpener(config.state.file, log),
    slices: SLICES
  })
  const starts = createStarts()
  parts.stats.set('state', () => ({ failing: Number(keeper.stateFailing) }))
  parts.stats.set('sources', () => sourceStats(keeper.sources, Date.now()))

  function addSource(source: Source): Undo {
    const undo = addNamed('source', parts.sources, source.name, source)
    const ending = new AbortController()
    const { signal } = ending
    starts.add(() => {
      if (signal.aborted) return
      const start = () => source.start(keeper.sinkFor(source.name, signal), signal)
      const started: unknown = naming(`source ${source.name}`, start)
      // Meant to return at once; what rejects later must not end the process.
      contain(faults, 'source', () => started, { part: source.name })
      setTimeout(() => keeper.fallBack(source.name), FALL_BACK_MS).unref()
    })
    return () => {
      undo()
      ending.abort()
      if (!stopping.aborted) keeper.withdraw(source.name)
    }
  }

  const kernel: Kernel = {
    ...shared,
    keeper,
    connections: others === undefined ? withinOneProcess() : passingTo(others),
    noteFailure: (route, failure) => shared.recent.add(route, failure),
    noteEndpoint: (note) => shared.notes.add(note),
    addSource,
    refresh(reason) {
      for (const source of parts.sources.values()) {
        contain(faults, 'source', () => source.refresh(reason), { part: source.name })
      }
    },
    letGo() {
      const holding = [...parts.sources.values()].filter((source) => source.letGo?.() === true)
      return holding.map(({ name }) => name)
    },
    readStats: async () => sumStats([base.ownStats(), ...((await others?.stats()) ?? [])])
  }
  others?.lead({
    store: keeper.store,
    refresh: kernel.refresh,
    noteFailure: kernel.noteFailure,
    noteEndpoint: kernel.noteEndpoint
  })
  return {
    kernel,
    begin: starts.begin,
    markStopping() {
      markStopping()
      others?.stopping()
    },
    cut,
    flush: keeper.flush
  }
}

/**
 * `stale` and `failing`: how many sources; `oldestSeconds`: age of the oldest news that serve; `heldApps` and
 * `heldTasks`: what sources no longer name, without a reason.
 */
function sourceStats(sources: readonly SourceStatus[], now: number): Stats {
  const ages = sources.map(({ takenAt }) => (takenAt === undefined ? 0 : now - takenAt))
  return {
    stale: sources.filter(({ stale }) => stale).length,
    failing: sources.filter(({ failure }) => failure !== undefined).length,
    heldApps: sumOf(sources.map(({ held }) => held?.appCount ?? 0)),
    heldTasks: sumOf(sources.map(({ held }) => held?.taskCount ?? 0)),
    oldestSeconds: Math.round(Math.max(0, ...ages) / 1000)
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}

/** The tools for `createStateFile`; undefined when none is wanted. */
function stateOpener(
  file: string,
  log: FastifyBaseLogger
): ((read: () => State) => StateFile) | undefined {
  if (file === '') return undefined
  return (read) =>
    createStateFile(file, {
      read,
      slices: SLICES,
      onError: (err) =>
        log.error({ err, file }, 'the state file is not written: the last one stays'),
      onRecovery: () => log.info({ file }, 'the state file is written again'),
      onUnusable: (reason) => log.error({ file, reason }, 'the state file is not used')
    })
}

/** What is to be started waits until all begins. */
function createStarts() {
  let waiting: (() => void)[] | undefined = []
  return {
    add(start: () => void): void {
      if (waiting === undefined) start()
      else waiting.push(start)
    },
    begin(): void {
      const all = waiting ?? []
      waiting = undefined
      for (const start of all) start()
    }
  }
}

function passingTo({ taken, pass, ended }: TrafficProcesses): Connections {
  return { taken, pass, ended, take: () => undefined }
}

function withinOneProcess(): Connections {
  const takers = new Map<string, (socket: Socket) => void>()
  return {
    taken: Promise.resolve(),
    pass(listener, socket) {
      const take = takers.get(listener)
      if (take === undefined) socket.destroy()
      else take(socket)
    },
    take: (listener, onConnection) => void takers.set(listener, onConnection),
    ended: async () => undefined
  }
}
