/**
 * Work that may pause: it yields wherever whoever runs it may do something else first. What it works
 * on must not change meanwhile.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>

/** All steps at once. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
