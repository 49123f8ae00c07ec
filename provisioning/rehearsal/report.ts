/**
 * How honest a step is: `static` looks at files only, `real` runs the real software in real machines,
 * `stand-in` has something in the place of software that can't be had.
 */
export type StepKind = 'static' | 'real' | 'stand-in'

export type Outcome = 'passed' | 'failed' | 'skipped'

export interface StepRecord {
  readonly name: string
  readonly kind: StepKind
  readonly outcome: Outcome
  readonly seconds: number
  /** What was seen, why it failed or why it was skipped. */
  readonly detail: string
}

/** One line of the security table: something that was tried, and what came of it. */
export interface Attempt {
  readonly tried: string
  readonly from: string
  readonly expected: string
  readonly got: string
  readonly held: boolean
}

/** Something that had to be stood in for, and what stood there. */
export interface StandIn {
  readonly what: string
  readonly by: string
}

export interface ReportData {
  readonly steps: readonly StepRecord[]
  readonly attempts: readonly Attempt[]
  readonly standIns: readonly StandIn[]
}

export interface Report {
  /**
   * Runs `fn` as a step: its name, seconds and outcome are recorded and shown. What it returns as text is
   * shown as the step's detail. What it throws is recorded and thrown on: the steps after it can't be done.
   */
  step<T>(name: string, kind: StepKind, fn: () => Promise<T>): Promise<T>
  /** The same for a step that others don't build on: a failure is recorded, and the rehearsal goes on. */
  check(name: string, kind: StepKind, fn: () => Promise<unknown>): Promise<boolean>
  skip(name: string, kind: StepKind, reason: string): void
  /** Adds a line to the security table and says whether it held; one that did not fails the rehearsal. */
  attempt(attempt: Omit<Attempt, 'held'>): boolean
  standIn(standIn: StandIn): void
  /** A line of progress that is no step. */
  note(line: string): void
  readonly data: ReportData
}

export interface ReportOptions {
  /** Where lines of progress go. */
  write(line: string): void
  /** Milliseconds that never go back. */
  now(): number
}

/** Collects what a rehearsal did, and shows each step as it ends. */
export function createReport({ write, now }: ReportOptions): Report {
  const steps: StepRecord[] = []
  const attempts: Attempt[] = []
  const standIns: StandIn[] = []

  const record = (step: StepRecord) => {
    steps.push(step)
    write(lineOf(step))
  }

  const step: Report['step'] = async (name, kind, fn) => {
    const started = now()
    const end = (outcome: Outcome, detail: string) =>
      record({ name, kind, outcome, seconds: (now() - started) / 1000, detail })
    write(`  … ${name}`)
    try {
      const value = await fn()
      end('passed', typeof value === 'string' ? value : '')
      return value
    } catch (error) {
      end('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  return {
    step,
    check: (name, kind, fn) =>
      step(name, kind, fn).then(
        () => true,
        () => false
      ),
    skip: (name, kind, reason) =>
      record({ name, kind, outcome: 'skipped', seconds: 0, detail: reason }),
    attempt: (attempt) => {
      const held = attempt.expected === attempt.got
      attempts.push({ ...attempt, held })
      if (!held) write(`BROKEN  ${attempt.tried}, from ${attempt.from}: ${attempt.got}`)
      return held
    },
    standIn: (standIn) => void standIns.push(standIn),
    note: write,
    data: { steps, attempts, standIns }
  }
}

const signs = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } satisfies Record<
  Outcome,
  string
>

function lineOf({ name, kind, outcome, seconds, detail }: StepRecord): string {
  const time = outcome === 'skipped' ? '' : `${seconds.toFixed(1)} s`
  const head = `${signs[outcome].padEnd(7)} ${time.padStart(8)}  ${kind.padEnd(8)}  ${name}`
  return detail === '' ? head : `${head}\n${detail.trim().replaceAll(/^/gm, ' '.repeat(29))}`
}
