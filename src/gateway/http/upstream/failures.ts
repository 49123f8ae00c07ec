import type { FailureReason } from './exchange.ts'

/** Reason for a connection that broke by an error of the operating system, or by none (FIN). */
export function reasonOf(error: unknown, connected: boolean): FailureReason {
  if (connected) return error === undefined ? 'closed' : 'reset'
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'refused'
  if (code === 'ETIMEDOUT') return 'connect-timeout'
  if (code === 'EMFILE' || code === 'ENFILE') return 'no-descriptor'
  return 'unreachable'
}

/** `code` of an error; of its first part when several addresses were tried. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined
}
