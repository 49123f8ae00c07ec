import type { Terminal } from './progress.ts'

/** Where a run talks to, and what ends it early. */
export interface Console {
  out(line: string): void
  readonly progress: Terminal
  readonly signal: AbortSignal
}
