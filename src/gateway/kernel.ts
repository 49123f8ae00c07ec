import type { FastifyBaseLogger } from 'fastify'
import type { CoreConfig } from './config/core-schema.ts'
import { durationMs } from './config/duration.ts'
import { EndpointNotes } from './endpoint-notes.ts'
import { contain, createFaults, type Faults } from './faults.ts'
import type { EndpointNote } from './model/endpoint-note.ts'
import type { RecentFailure } from './model/explain.ts'
import { notAPromise } from './model/not-a-promise.ts'
import type { RouteId } from './model/route.ts'
import { PartRegistry, type Undo } from './part-registry.ts'
import type { Connections, NamedStats, Role, Stats } from './processes.ts'
import { RecentFailures } from './recent-failures.ts'
import type { Source } from './source.ts'
import type { SwapNewsTools } from './swap-news.ts'
import type { TableKeeper } from './table-keeper.ts'

/** Name under which faults are counted, by place. */
export const FAULTS = 'faults'

/** What the hosts of all plugins of one gateway share. */
export interface Kernel {
  readonly role: Role
  readonly parts: PartRegistry
  readonly keeper: Pick<TableKeeper, 'store' | 'problems' | 'sources'>
  readonly log: FastifyBaseLogger
  readonly faults: Faults
  /** Aborts when a graceful stop begins. */
  readonly stopping: AbortSignal
  /** Aborts when a graceful stop has used up its time. */
  readonly deadline: AbortSignal
  /** From the end of the delay to the deadline, ms. */
  readonly stopMs: number
  readonly recent: RecentFailures
  readonly notes: EndpointNotes
  readonly connections: Connections
  /** Starts the source as soon as the gateway runs. @returns stops it and forgets what it said */
  addSource(source: Source): Undo
  refresh(reason: string): void
  /** @returns names of the sources that let something go */
  letGo(): readonly string[]
  /** Remembers it where `explain` is asked. */
  noteFailure(route: RouteId, failure: RecentFailure): void
  noteEndpoint(note: EndpointNote): void
  readStats(): Promise<NamedStats>
}

/** A kernel, and what whoever composes the gateway does with it. */
export interface RunningKernel {
  readonly kernel: Kernel
  /** All plugins are ready: the first news may come. */
  begin(): void
  markStopping(): void
  /** The time of the stop is used up. */
  cut(): void
  flush(): Promise<void>
}

/** What every kernel has, whatever runs in its process. */
export interface KernelBase {
  readonly shared: Pick<
    Kernel,
    'role' | 'parts' | 'log' | 'faults' | 'recent' | 'notes' | 'stopping' | 'deadline' | 'stopMs'
  >
  readonly tools: SwapNewsTools
  markStopping(): void
  cut(): void
  /** The numbers of this process. */
  ownStats(): NamedStats
}

export function createKernelBase(
  role: Role,
  { shutdown }: Pick<CoreConfig, 'shutdown'>,
  log: FastifyBaseLogger
): KernelBase {
  const parts = new PartRegistry()
  const stop = new AbortController()
  const end = new AbortController()
  const faults = createFaults({ log, now: Date.now })
  const tools: SwapNewsTools = { role, parts, faults, now: Date.now }
  parts.stats.set(FAULTS, () => faults.counts)
  return {
    tools,
    shared: {
      ...{ role, parts, log, faults, recent: new RecentFailures(), notes: new EndpointNotes() },
      ...{ stopping: stop.signal, deadline: end.signal, stopMs: durationMs(shutdown.timeout) }
    },
    markStopping: () => stop.abort(),
    cut: () => end.abort(),
    ownStats() {
      const stats: Record<string, Stats> = {}
      for (const [name, read] of parts.stats) {
        const note = (): void => {
          stats[name] = notAPromise(read())
        }
        contain(faults, 'stats', note, { part: name })
      }
      return stats
    }
  }
}
