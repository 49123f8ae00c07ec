import type { FastifyBaseLogger } from 'fastify'
import { createCompilation } from './compilation.ts'
import { contain } from './faults.ts'
import type { CompileInput, PluginLabels, RoutingSettings } from './model/compile.ts'
import type { CompiledChanges } from './model/compiler.ts'
import { demote } from './model/demote.ts'
import type { Problem } from './model/problem.ts'
import type { Steps } from './model/steps.ts'
import type { Table } from './model/table.ts'
import type { OwnAddress } from './model/task-addresses.ts'
import { planeProblems } from './plane-problems.ts'
import type { SourceStatus } from './plugin.ts'
import type { HeldLoss, SourceSink } from './source.ts'
import { SourceBook } from './source-book.ts'
import { ClusterState } from './state/cluster-state.ts'
import { Restored } from './state/restored.ts'
import type { SliceTools } from './state/slices.ts'
import type { StateFile } from './state/state-file.ts'
import type { State } from './state/state-text.ts'
import { TableStore } from './state/table-store.ts'
import { type SwapNewsTools, tellSwap } from './swap-news.ts'

export interface TableKeeperTools extends SwapNewsTools {
  readonly log: FastifyBaseLogger
  readonly routing: RoutingSettings
  readonly labelSchemas: ReadonlyMap<string, PluginLabels>
  /** Makes the state file, which asks for what it is to keep; absent: nothing outlives the process. */
  readonly openState?: ((read: () => State) => StateFile) | undefined
  readonly slices: SliceTools
  ownAddresses(): readonly OwnAddress[]
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
  /** The source takes its time: until it gives apps, those of the state file serve, if it has any. */
  fallBack(source: string): void
  /** Writes what the state file has to keep. */
  flush(): Promise<void>
  /** It can't be written now. */
  readonly stateFailing: boolean
}

/** Apps that changed at once. */
const MUCH = 300

/** See docs/life-of-a-change.md. */
export function createTableKeeper(tools: TableKeeperTools): TableKeeper {
  const { parts, routing, log, faults, now } = tools
  const stateFile = tools.openState?.(savedState)
  const saved = stateFile?.load()
  const restored = new Restored(saved?.snapshots ?? [])
  const state = new ClusterState(saved?.claims ?? new Map())
  const store = new TableStore()
  const sources = new SourceBook()
  let problems: readonly Problem[] = []
  let planesSay: readonly Problem[] = []
  /** The table of which they said it. */
  let prepared: Table | undefined
  /** Tasks that events spoke of since the running compilation took its input. */
  let sinceInput = new Set<string>()
  /** Tasks that events spoke of in this turn. */
  let justSeen = new Set<string>()

  store.onSwap((table, previous) => tellSwap(tools, table, previous))

  const compilation = createCompilation({
    slices: tools.slices,
    isMuch: () => state.pendingChanges > MUCH,
    *input() {
      const input = yield* compileInput(tools, state)
      sinceInput = new Set()
      sources.taken()
      return input
    },
    prepare,
    publish: (table, outcome) => contain(faults, 'publication', () => publish(table, outcome)),
    failed: (error) => void faults.note('compilation', error)
  })

  function* prepare(table: Table): Steps<void> {
    if (table === prepared) return
    prepared = table
    planesSay = yield* planeProblems(parts.planes, table, faults)
  }

  function publish(compiled: Table, outcome: CompiledChanges): void {
    if (outcome.claims !== state.claims) {
      state.claims = outcome.claims
    }
    stateFile?.changed()
    const table = demote(compiled, sinceInput)
    const all = [...outcome.problems, ...planesSay]
    reportNew(log, problems, all)
    problems = all
    sources.compiled()
    store.swap(table)
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
    contain(faults, 'publication', () => store.swap(demote(store.current, seen)))
  }

  function savedState(): State {
    const { claims, health, departing } = state
    const all = restored.with(state.snapshots)
    const snapshots = all.filter(
      ({ source, apps }) => sources.get(source) !== undefined && apps.length > 0
    )
    return { claims, health, ending: departing, snapshots }
  }

  function fallBack(source: string): void {
    const snapshot = restored.take(source)
    if (snapshot === undefined || sources.get(source) === undefined) return
    const { takenAt, apps } = snapshot
    sources.recalled(source, takenAt)
    log.warn({ source, takenAt, apps: apps.length }, 'serving what the state file has of a source')
    state.publish(snapshot)
    compilation.request()
  }

  function sinkFor(source: string, signal: AbortSignal): SourceSink {
    sources.add(source)
    const whileStarted =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (!signal.aborted) act(...args)
      }
    return {
      publish: whileStarted((snapshot) => {
        restored.take(source)
        state.publish({ ...snapshot, source })
        sources.said(source, snapshot.takenAt)
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
        sources.failed(source, reason)
        log.warn({ source, reason }, 'a source could not be read; the last table stays in force')
        fallBack(source)
      }),
      held: whileStarted((loss) => {
        tellHeld(log, source, sources.get(source)?.held, loss)
        sources.holds(source, loss)
      }),
      before: restored.get(source)
    }
  }

  return {
    store,
    get problems() {
      return problems
    },
    get sources() {
      return sources.all
    },
    sinkFor,
    fallBack,
    flush: async () => stateFile?.flush(),
    get stateFailing() {
      return stateFile?.failing === true
    },
    withdraw(source) {
      sources.remove(source)
      restored.take(source)
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
    ownAddresses: tools.ownAddresses(),
    resolvers: parts.resolvers.filter((resolver) => resolver.routes !== undefined),
    labelSchemas: tools.labelSchemas,
    pickers: new Set(parts.pickers.keys()),
    hookSets: new Set(parts.hookSets.keys())
  }
}

/** Once when it begins, once when it is over. */
function tellHeld(
  log: FastifyBaseLogger,
  source: string,
  before: HeldLoss | undefined,
  held: HeldLoss | undefined
): void {
  if (held === undefined) log.warn({ source }, 'nothing is held any more')
  else if (before === undefined || before.appCount < held.appCount) {
    log.error({ source, held }, 'much is gone without a reason: it serves on until that is certain')
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
