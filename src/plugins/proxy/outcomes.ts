import { type GatewayErrorName, gatewayErrors } from '../../gateway/http/errors.ts'
import type { Forward } from '../../gateway/http/upstream/forward-contract.ts'
import type { Endpoint } from '../../gateway/model/route.ts'
import type { Outcome } from '../../gateway/plugin.ts'
import type { Intake } from './intake.ts'

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

/** Of bytes that are no request, or of a connection that is refused: nobody can tell what it asked for. */
export function refusedOutcome(name: GatewayErrorName, client: string): Outcome {
  const { status, code } = gatewayErrors[name]
  const unknown = { method: '', host: undefined, target: '', route: undefined, aborted: false }
  return ownOutcome({ ...unknown, status, code, client })
}

/** What an exchange knows of its request in the end. */
export interface Exchanged
  extends Pick<Outcome, 'status' | 'code' | 'bytesIn' | 'bytesOut' | 'client' | 'aborted'> {
  readonly intake: Intake
  /** Ms since 1970. */
  readonly startedAt: number
  readonly endpoint: Endpoint | undefined
  readonly forward: Forward | undefined
}

/** Of a request that was carried to tasks. Made for each: field by field is what costs least. */
export function exchangeOutcome(known: Exchanged): Outcome {
  const { facts, route } = known.intake
  return {
    at: known.startedAt,
    method: facts.method,
    host: facts.host,
    target: facts.target,
    status: known.status,
    code: known.code,
    route,
    endpoint: known.endpoint,
    attempts: known.forward?.ledger ?? [],
    durationMs: Date.now() - known.startedAt,
    bytesIn: known.bytesIn,
    bytesOut: known.bytesOut,
    client: known.client,
    aborted: known.aborted
  }
}
