import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { ForwardFailure } from '../../gateway/http/upstream/forward-contract.ts'

/**
 * Which error the last failure of a request is for the client.
 * @param held the task, not the client, kept the body from moving
 */
export function errorOf({ exhausted, failure }: ForwardFailure, held: boolean): GatewayErrorName {
  if (failure === undefined) return exhausted === 'no-endpoint' ? 'noEndpoint' : 'upstream'
  switch (failure.reason) {
    case 'refused':
    case 'unreachable':
      return 'upstreamRefused'
    case 'connect-timeout':
    case 'first-byte-timeout':
      return 'upstreamTimeout'
    case 'idle-timeout':
      return failure.phase === 'send' && !held ? 'requestTimeout' : 'upstreamTimeout'
    case 'no-descriptor':
      return 'exhausted'
    case 'pool-full':
      return 'overloaded'
    case 'bad-request':
      return 'badRequest'
    default:
      return 'upstream'
  }
}
