import type { CompileInput } from './model/compile.ts'
import { type CompiledChanges, Compiler } from './model/compiler.ts'
import type { Steps } from './model/steps.ts'
import { emptyTable, type Table, updateSteps } from './model/table.ts'
import { runInSlices, type SliceTools } from './state/slices.ts'

export interface CompilationTools {
  readonly slices: SliceTools
  /** So much changed that a turn of its own is due: whoever told it has had one. */
  isMuch(): boolean
  /** What is known, as it is after the last of these steps. */
  input(): Steps<CompileInput>
  /** Looks at the table before it is published. */
  prepare(table: Table): Steps<void>
  publish(table: Table, outcome: CompiledChanges): void
  failed(error: unknown): void
}

/** Compiles what is known into tables, one after the other, without holding the process for long. */
export interface Compilation {
  /** Something is known that was not: what is asked for within one turn is done together. */
  request(): void
  /** One is on its way, and has not taken its input from what is known now. */
  readonly running: boolean
}

export function createCompilation(tools: CompilationTools): Compilation {
  let compiler = new Compiler()
  /** As compiled; what is published may have been changed since. */
  let table = emptyTable()
  let scheduled = false
  let running = false
  let wanted = false

  function* compile(): Steps<CompiledChanges> {
    const input = yield* tools.input()
    const outcome = yield* compiler.steps(input)
    table = yield* updateSteps(table, outcome.changes)
    yield* tools.prepare(table)
    return outcome
  }

  function run(): void {
    scheduled = false
    wanted = false
    running = true
    runInSlices(compile(), tools.slices, publish, fail)
  }

  function publish(outcome: CompiledChanges): void {
    running = false
    tools.publish(table, outcome)
    if (wanted) request()
  }

  /** Half of it may be done, so nothing is kept. */
  function fail(error: unknown): void {
    running = false
    compiler = new Compiler()
    table = emptyTable()
    tools.failed(error)
    if (wanted) request()
  }

  function request(): void {
    if (running) wanted = true
    else if (scheduled) return
    else if (tools.isMuch()) {
      running = true
      tools.slices.later(run)
    } else {
      scheduled = true
      queueMicrotask(run)
    }
  }

  return {
    request,
    get running() {
      return running
    }
  }
}
