/** The exit code of a program that a signal ended is 128 and the signal's number. */
export const exitNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/**
 * Calls `clean` at the first signal to end, then ends the program with the signal's own exit code. A second
 * signal changes nothing: what is being cleaned up is cleaned up to its end.
 *
 * @returns aborted from the first signal on: whatever fails from then on fails because of it
 */
export function cleanUpOnSignals(clean: (signal: NodeJS.Signals) => Promise<void>): AbortSignal {
  const interrupted = new AbortController()
  for (const [signal, number] of Object.entries(exitNumbers)) {
    process.on(signal, (name: NodeJS.Signals) => {
      if (interrupted.signal.aborted) return
      interrupted.abort()
      const exit = () => process.exit(128 + number)
      clean(name).then(exit, exit)
    })
  }
  return interrupted.signal
}

/** For what was interrupted: `clean` is at work and will end the program. */
export function waitForTheEnd(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 1 << 30))
}
