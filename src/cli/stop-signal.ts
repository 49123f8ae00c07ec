/** One press of Ctrl-C may arrive twice, from the terminal and by npm: so near, it counts once. */
const SAME_PRESS_MS = 500

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Asked to stop by a signal; a second one ends the process at once with exit code 1. */
export interface StopSignal {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
  /** Resolves at the first signal. */
  readonly asked: Promise<void>
  /** Leaves the signals to Node again. */
  release(): void
}

export function listenForStop(onSecond: () => void = () => process.exit(1)): StopSignal {
  const stop = new AbortController()
  let firstAt: number | undefined
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      stop.abort()
    } else if (performance.now() - firstAt > SAME_PRESS_MS) onSecond()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    signal: stop.signal,
    asked: new Promise((resolve) => {
      stop.signal.addEventListener('abort', () => resolve(), { once: true })
    }),
    release() {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    }
  }
}
