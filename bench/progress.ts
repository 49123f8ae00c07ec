/** Tells how far a long run is. */
export interface Progress {
  /** What is done between measurements. */
  note(text: string): void
  /** The next measurement begins. */
  step(text: string): void
  end(): void
}

/** Anything with the two things of a terminal that are needed. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const MINUTE_MS = 60_000
/** Without a terminal a line is said each time this share of the run is done. */
const SHARE = 0.1

/** One line that is written over on a terminal; elsewhere a line for every tenth of the run. */
export function createProgress(total: number, out: Terminal, now: () => number): Progress {
  const began = now()
  let done = 0
  let told = 0
  const show = (text: string) => {
    if (out.isTTY !== true) return
    const line = `${position(done, total)}${text}${timeLeft(done, total, now() - began)}`
    out.write(`\r\x1b[2K${line.slice(0, (out.columns ?? 80) - 1)}`)
  }
  return {
    note: show,
    step(text) {
      done++
      show(text)
      if (out.isTTY === true || done / total < told) return
      told += SHARE
      out.write(`${position(done, total)}${text}${timeLeft(done, total, now() - began)}\n`)
    },
    end() {
      if (out.isTTY === true) out.write('\r\x1b[2K')
    }
  }
}

function position(done: number, total: number): string {
  return `[${Math.min(done, total)}/${total}] `
}

function timeLeft(done: number, total: number, elapsedMs: number): string {
  if (done < 2 || done >= total) return ''
  const leftMs = (elapsedMs / (done - 1)) * (total - done + 1)
  return leftMs < MINUTE_MS
    ? ', under a minute left'
    : `, ${Math.round(leftMs / MINUTE_MS)} min left`
}
