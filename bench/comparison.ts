import type { HostFacts } from './host-facts.ts'
import type { Peer } from './peers/peer.ts'
import type { Summary } from './results.ts'
import type { MatrixResult } from './run-matrix.ts'
import type { Scenario } from './scenarios.ts'

/** A proxy with the version that is installed. */
export interface FoundPeer {
  readonly peer: Peer
  readonly version: string
}

/** All that a run found out; what JSON and the page are made of. */
export interface Comparison {
  readonly takenAt: string
  readonly host: HostFacts
  readonly scenarios: readonly Scenario[]
  readonly peers: readonly FoundPeer[]
  /** Names of proxies that aren't installed. */
  readonly missing: readonly string[]
  /** Sentences about scenarios that this machine can't show. */
  readonly leftOut: readonly string[]
  readonly result: MatrixResult
  readonly summaries: readonly Summary[]
}
