/** What a logger writes to. */
export interface LineTaker {
  write(line: string): void
}

/** Standard output, as far as it is needed here: after an error it takes further lines. */
export interface Output {
  on(event: 'error', told: (error: Error) => void): unknown
  write(text: string, done?: (error?: Error | null) => void): unknown
}

/**
 * Standard output for a log that the process outlives: on a full disk, or when nobody reads any more, lines are
 * lost, and the first one that can be written again is followed by how many.
 *
 * @param now milliseconds since 1970
 */
export function lastingOutput(out: Output, now: () => number = Date.now): LineTaker {
  let lost = 0
  out.on('error', () => undefined)

  function tellLost(): void {
    const msg = `${lost} lines of this log were lost: they could not be written`
    lost = 0
    out.write(`${JSON.stringify({ level: 40, time: now(), pid: process.pid, msg })}\n`)
  }

  return {
    write(line) {
      out.write(line, (error) => {
        if (error) lost += 1
        else if (lost > 0) tellLost()
      })
    }
  }
}
