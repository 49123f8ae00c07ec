import type { Endpoint } from '../../model/route.ts'
import type { UpstreamClient } from './upstream-client.ts'

export interface ForwardSettings {
  /** Attempts in all, 3 by default. */
  readonly maxAttempts: number
  /** Bytes of a body kept for another attempt, 64 KiB by default; a longer one is not repeated. */
  readonly replayBytes: number
}

export const defaultForwardSettings: ForwardSettings = { maxAttempts: 3, replayBytes: 65_536 }

/** What all requests of a front door are forwarded with. */
export interface ForwardTools {
  readonly client: UpstreamClient
  readonly settings: ForwardSettings
  /** Milliseconds; for the ledger. */
  now(): number
  /** For counting requests in flight; a tunnel ends when its socket closes. */
  onAttempt?(endpoint: Endpoint): void
  onAttemptEnd?(endpoint: Endpoint): void
}
