/** The exit code of a program that a signal ended is 128 and the signal's number. */
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/**
 * Calls `clean` at the first signal to end, then ends the program with the signal's own exit code. A second
 * signal changes nothing: what is being cleaned up is cleaned up to its end.
 */
export function cleanUpOnSignals(clean: (signal: NodeJS.Signals) => Promise<void>): void {
  let cleaning = false
  for (const [signal, number] of Object.entries(numbers)) {
    process.on(signal, (name: NodeJS.Signals) => {
      if (cleaning) return
      cleaning = true
      const exit = () => process.exit(128 + number)
      clean(name).then(exit, exit)
    })
  }
}
