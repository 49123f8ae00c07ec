import type { FastifyBaseLogger } from 'fastify'
import { createCompilation } from './compilation.ts'
import type { CompileInput, PluginLabels, RoutingSettings } from './model/compile.ts'
import type { CompiledChanges } from './model/compiler.ts'
import { demote } from './model/demote.ts'
import type { Problem } from './model/problem.ts'
import type { Steps } from './model/steps.ts'
import type { Table } from './model/table.ts'
import type { SourceStatus } from './plugin.ts'
import type { SourceSink } from './source.ts'
import type { ClaimsFile } from './state/claims-file.ts'
import { ClusterState } from './state/cluster-state.ts'
import type { SliceTools } from './state/slices.ts'
import { TableStore } from './state/table-store.ts'
import { guarded, type SwapNewsTools, tellSwap } from './swap-news.ts'

export interface TableKeeperTools extends SwapNewsTools {
  readonly routing: RoutingSettings
  readonly labelSchemas: ReadonlyMap<string, PluginLabels>
  readonly claimsFile: ClaimsFile | undefined
  readonly slices: SliceTools
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
  const { parts, routing, log, now } = tools
  const state = new ClusterState(tools.claimsFile?.load() ?? new Map())
  const store = new TableStore()
  const statuses = new Map<string, SourceStatus>()
  /** When snapshots were taken that no table is compiled from yet. */
  let unread = new Map<string, number>()
  /** The same, of those in the running compilation. */
  let inWork: ReadonlyMap<string, number> = new Map()
  let problems: readonly Problem[] = []
  let planesSay: readonly Problem[] = []
  /** Tasks that events spoke of since the running compilation took its input. */
  let sinceInput = new Set<string>()
  /** Tasks that events spoke of in this turn. */
  let justSeen = new Set<string>()

  store.onSwap((table, previous) => tellSwap(tools, table, previous))

  const compilation = createCompilation({
    slices: tools.slices,
    *input() {
      const input = yield* compileInput(tools, state)
      sinceInput = new Set()
      inWork = unread
      unread = new Map()
      return input
    },
    publish: (table, outcome) => guarded(log, 'publication', () => publish(table, outcome)),
    failed: (err) => log.error({ err, where: 'compilation' }, 'compilation failed')
  })

  function planeProblems(table: Table): Problem[] {
    const found: Problem[] = []
    for (const plane of parts.planes) {
      guarded(log, plane.name, () => found.push(...(plane.problems?.(table) ?? [])))
    }
    return found
  }

  function publish(compiled: Table, outcome: CompiledChanges): void {
    if (outcome.claims !== state.claims) {
      state.claims = outcome.claims
      tools.claimsFile?.save(outcome.claims)
    }
    const table = demote(compiled, sinceInput)
    if (table !== store.current || !store.published) planesSay = planeProblems(table)
    const all = [...outcome.problems, ...planesSay]
    reportNew(log, problems, all)
    problems = all
    noteRead()
    store.swap(table)
  }

  /** A source counts as read once the table says what it said. */
  function noteRead(): void {
    for (const [source, takenAt] of inWork) {
      const status = statuses.get(source)
      if (status !== undefined) statuses.set(source, { ...status, takenAt })
    }
  }

  /** What an event says of a task holds at once, even while a compilation takes its time. */
  function taskSeen(taskId: string, avoided: boolean): void {
    if (compilation.running && avoided) {
      sinceInput.add(taskId)
      if (justSeen.size === 0) queueMicrotask(overtake)
      justSeen.add(taskId)
    }
    if (store.published || compilation.running) compilation.request()
  }

  function overtake(): void {
    const seen = justSeen
    justSeen = new Set()
    if (!store.published) return
    guarded(log, 'a change of tasks', () => store.swap(demote(store.current, seen)))
  }

  function takenAtOf(source: string): number | undefined {
    return statuses.get(source)?.takenAt
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
        statuses.set(source, { name: source, takenAt: takenAtOf(source), failure: undefined })
        unread.set(source, snapshot.takenAt)
        compilation.request()
      }),
      taskEnding: whileStarted((taskId) => {
        state.markEnding(source, taskId, now())
        taskSeen(taskId, true)
      }),
      taskUnreachable: whileStarted((taskId) => {
        state.markUnreachable(source, taskId, now())
        taskSeen(taskId, routing.unreachable !== 'in')
      }),
      failed: whileStarted((reason) => {
        statuses.set(source, { name: source, takenAt: takenAtOf(source), failure: reason })
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
      unread.delete(source)
      state.withdraw(source)
      if (store.published) compilation.request()
    }
  }
}

function* compileInput(tools: TableKeeperTools, state: ClusterState): Steps<CompileInput> {
  const { parts } = tools
  state.keepClaimsOf(parts.sources)
  yield* state.settle()
  return {
    snapshots: state.snapshots,
    claims: state.claims,
    ending: state.ending,
    leaving: state.leaving,
    unreachable: state.unreachable,
    health: state.health,
    appsOf: (taskId) => state.appsOf(taskId),
    now: tools.now(),
    settings: tools.routing,
    resolvers: parts.resolvers.filter((resolver) => resolver.routes !== undefined),
    labelSchemas: tools.labelSchemas,
    pickers: new Set(parts.pickers.keys()),
    hookSets: new Set(parts.hookSets.keys())
  }
}

/** A problem is logged when it appears, not each time a table is compiled. */
function reportNew(
  log: FastifyBaseLogger,
  before: readonly Problem[],
  after: readonly Problem[]
): void {
  const same = new Set(before)
  const other = after.filter((problem) => !same.has(problem))
  if (other.length === 0) return
  const known = new Set(before.map((problem) => JSON.stringify(problem)))
  for (const problem of other) {
    if (!known.has(JSON.stringify(problem))) log.warn({ problem }, problem.reason)
  }
}
