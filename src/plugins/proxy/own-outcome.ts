import type { Outcome } from '../../gateway/plugin.ts'

/** What is known of a request that no task was asked for. */
export type OwnAnswered = Pick<
  Outcome,
  'method' | 'host' | 'target' | 'status' | 'code' | 'route' | 'client' | 'aborted'
>

export function ownOutcome(answered: OwnAnswered): Outcome {
  return {
    at: Date.now(),
    ...answered,
    endpoint: undefined,
    attempts: [],
    durationMs: 0,
    bytesIn: 0,
    bytesOut: 0
  }
}
