/** Runs work whenever asked to: never two at once, and the last call is never lost. */
export interface Loop {
  poke(): void
  /** Runs nothing any more; done when the current run is. */
  close(): Promise<void>
}

/**
 * @param work returns when it wants to run again by itself, in ms; infinity for never. It must not throw
 */
export function createLoop(work: () => Promise<number>): Loop {
  let running: Promise<void> | undefined
  let again = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function run(): Promise<void> {
    let waitMs = Number.POSITIVE_INFINITY
    // So that `running` is set before any work could ask for another run.
    await Promise.resolve()
    do {
      again = false
      waitMs = await work()
    } while (again && !closed)
    running = undefined
    if (closed || waitMs === Number.POSITIVE_INFINITY) return
    timer = setTimeout(poke, Math.min(Math.max(0, waitMs), 2 ** 31 - 1))
    timer.unref()
  }

  function poke(): void {
    if (closed) return
    clearTimeout(timer)
    again = true
    running ??= run()
  }

  return {
    poke,
    async close() {
      closed = true
      clearTimeout(timer)
      await running
    }
  }
}
