import { errorAnswer } from '../../gateway/http/error-answer.ts'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { CleanHead } from '../../gateway/http/hygiene.ts'
import type { Route } from '../../gateway/model/route.ts'

/** An answer that no task gave. */
export interface OwnAnswer {
  readonly status: number
  /** Flat, without Content-Length and what concerns the connection. */
  readonly fields: readonly string[]
  readonly body: string
}

/**
 * @param accept what the client likes to read
 * @param id of a fault in the log
 */
export function errorOwnAnswer(
  name: GatewayErrorName,
  accept: string | undefined,
  route?: Pick<Route, 'guard'>,
  id?: string
): OwnAnswer {
  const { status, headers, body } = errorAnswer(name, accept, id)
  return { status, fields: [...headers, ...challengeOf(name, route)], body }
}

/** Sends a client elsewhere for good. */
export function movedAnswer(location: string): OwnAnswer {
  return { status: 301, fields: ['Location', location], body: '' }
}

/** `OPTIONS *` asks about the gateway itself (RFC 9110 §9.3.7). */
export const serverOptionsAnswer: OwnAnswer = {
  status: 200,
  fields: ['Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
  body: ''
}

/** The same address over TLS; undefined where there is none, or for a client that names no host. */
export function httpsLocation(
  { host, target }: Pick<CleanHead, 'host' | 'target'>,
  port: number | undefined
): string | undefined {
  if (port === undefined || host === undefined || host === '') return undefined
  const name = host.replace(/:[0-9]*$/, '')
  return `https://${name}${port === 443 ? '' : `:${port}`}${target}`
}

/** What a 401 owes its client (RFC 9110 §15.5.2). The realm's grammar has no quote in it. */
function challengeOf(
  name: GatewayErrorName,
  route: Pick<Route, 'guard'> | undefined
): readonly string[] {
  const realm = route?.guard?.auth?.realm
  if (name !== 'unauthorized' || realm === undefined) return []
  return ['WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`]
}
