import type { Steps } from '../model/steps.ts'

export interface SliceTools {
  /** Monotonic, ms. */
  now(): number
  /** Runs when all else that waits had its turn. */
  later(run: () => void): void
  /** Steps that are done at once whatever they take; 1000 by default. */
  readonly freeSteps?: number
}

/** How long other work of this process may have to wait, ms. */
const SLICE_MS = 5
/** What has no more steps than this is done at once, however slow the machine. */
const FREE_STEPS = 300

/**
 * Runs the steps: at once when they are few, else in slices, between which everything else goes on.
 *
 * @param done told of the result before this returns, when there was but one slice
 */
export function runInSlices<Result>(
  steps: Steps<Result>,
  tools: SliceTools,
  done: (result: Result) => void,
  failed: (error: unknown) => void
): void {
  let free = tools.freeSteps ?? FREE_STEPS

  function slice(): void {
    const end = tools.now() + SLICE_MS
    let step = steps.next()
    while (step.done !== true && (free > 0 || tools.now() < end)) {
      free -= 1
      step = steps.next()
    }
    if (step.done === true) done(step.value)
    else tools.later(guarded)
  }

  function guarded(): void {
    try {
      slice()
    } catch (error) {
      failed(error)
    }
  }
  guarded()
}
