import type { FastifyBaseLogger } from 'fastify'
import type { Claims } from './model/claims.ts'
import {
  type CompileInput,
  compile,
  type PluginLabels,
  type RoutingSettings
} from './model/compile.ts'
import { describeDiff, diffTables } from './model/diff.ts'
import type { Problem } from './model/problem.ts'
import { buildTable, type Table } from './model/table.ts'
import type { PartRegistry } from './part-registry.ts'
import type { SourceStatus } from './plugin.ts'
import type { SourceSink } from './source.ts'
import type { ClaimsFile } from './state/claims-file.ts'
import { ClusterState } from './state/cluster-state.ts'
import { TableStore } from './state/table-store.ts'

export interface TableKeeperTools {
  readonly parts: PartRegistry
  readonly routing: RoutingSettings
  readonly labelSchemas: ReadonlyMap<string, PluginLabels>
  readonly claimsFile: ClaimsFile | undefined
  readonly log: FastifyBaseLogger
  now(): number
}

/** Turns what sources say into the one current table. */
export interface TableKeeper {
  readonly store: TableStore
  readonly problems: readonly Problem[]
  readonly sources: readonly SourceStatus[]
  /** The sink of one source; what comes after the signal's abort is ignored. */
  sinkFor(source: string, signal: AbortSignal): SourceSink
  /** The source is gone, with all it said. */
  withdraw(source: string): void
}

/** See docs/life-of-a-change.md. */
export function createTableKeeper(tools: TableKeeperTools): TableKeeper {
  const { parts, log, now } = tools
  const state = new ClusterState(tools.claimsFile?.load() ?? new Map())
  const store = new TableStore()
  const statuses = new Map<string, SourceStatus>()
  let problems: readonly Problem[] = []
  let scheduled = false

  store.onSwap((table, previous) => {
    const lines = describeDiff(diffTables(previous, table))
    const change = { at: now(), table, previous, lines }
    for (const plane of parts.planes) guarded(log, plane.name, () => plane.apply(table, previous))
    for (const listener of parts.changeListeners) guarded(log, 'onChange', () => listener(change))
  })

  function planeProblems(table: Table): Problem[] {
    const found: Problem[] = []
    for (const plane of parts.planes) {
      guarded(log, plane.name, () => found.push(...(plane.problems?.(table) ?? [])))
    }
    return found
  }

  function recompile(): void {
    const result = compile(compileInput(tools, state))
    state.claims = result.claims
    tools.claimsFile?.save(result.claims)
    const table = buildTable(result.data, store.current)
    const all = [...result.problems, ...planeProblems(table)]
    reportNew(log, problems, all)
    problems = all
    store.swap(table)
  }

  /** Marks of one burst of events share one compilation, in the same turn of the event loop. */
  function recompileSoon(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      guarded(log, 'compilation', recompile)
    })
  }

  function sinkFor(source: string, signal: AbortSignal): SourceSink {
    statuses.set(source, { name: source, takenAt: undefined, failure: undefined })
    const whileStarted =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (!signal.aborted) act(...args)
      }
    return {
      publish: whileStarted((snapshot) => {
        state.publish({ ...snapshot, source })
        statuses.set(source, { name: source, takenAt: snapshot.takenAt, failure: undefined })
        recompileSoon()
      }),
      taskEnding: whileStarted((taskId) => {
        state.markEnding(source, taskId, now())
        if (store.published) recompileSoon()
      }),
      taskUnreachable: whileStarted((taskId) => {
        state.markUnreachable(source, taskId, now())
        if (store.published) recompileSoon()
      }),
      failed: whileStarted((reason) => {
        const takenAt = statuses.get(source)?.takenAt
        statuses.set(source, { name: source, takenAt, failure: reason })
        log.warn({ source, reason }, 'a source could not be read; the last table stays in force')
      })
    }
  }

  return {
    store,
    get problems() {
      return problems
    },
    get sources() {
      return [...statuses.values()]
    },
    sinkFor,
    withdraw(source) {
      statuses.delete(source)
      state.withdraw(source)
      if (store.published) recompileSoon()
    }
  }
}

function compileInput(tools: TableKeeperTools, state: ClusterState): CompileInput {
  const { parts } = tools
  return {
    snapshots: state.snapshots,
    claims: claimsOf(state.claims, parts),
    ending: state.ending,
    leaving: state.leaving,
    unreachable: state.unreachable,
    health: state.health,
    now: tools.now(),
    settings: tools.routing,
    resolvers: parts.resolvers.filter((resolver) => resolver.routes !== undefined),
    labelSchemas: tools.labelSchemas,
    pickers: new Set(parts.pickers.keys()),
    hookSets: new Set(parts.hookSets.keys())
  }
}

/** Claims of a source that is no longer configured hold nothing. */
function claimsOf(claims: Claims, { sources }: PartRegistry): Claims {
  return new Map([...claims].filter(([, { source }]) => sources.has(source)))
}

/** A problem is logged when it appears, not each time a table is compiled. */
function reportNew(
  log: FastifyBaseLogger,
  before: readonly Problem[],
  after: readonly Problem[]
): void {
  const known = new Set(before.map((problem) => JSON.stringify(problem)))
  for (const problem of after) {
    if (!known.has(JSON.stringify(problem))) log.warn({ problem }, problem.reason)
  }
}

/** A plugin's failure is its own: it is logged and the others go on. */
export function guarded(log: FastifyBaseLogger, where: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    log.error({ err: error, where }, `${where} failed`)
  }
}
