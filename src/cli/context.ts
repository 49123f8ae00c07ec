/** What the program gets from its surroundings; a test hands in its own. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes one line for the user. */
  out(line: string): void
  /** Writes one line about what went wrong or how far it is. */
  err(line: string): void
  /** Standard output is a terminal that wants colours. */
  readonly colours: boolean
}

/** Exit codes, as every command uses them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** Ends a command with lines on standard error and an exit code, and never with a stack. */
export class CommandError extends Error {
  readonly lines: readonly string[]
  readonly exitCode: number

  constructor(
    lines: readonly string[],
    exitCode: number = exitCodes.failed,
    options?: ErrorOptions
  ) {
    super(lines.join('\n'), options)
    this.name = 'CommandError'
    this.lines = lines
    this.exitCode = exitCode
  }
}
