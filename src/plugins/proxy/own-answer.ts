import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorAnswer } from '../../gateway/http/error-answer.ts'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { CleanHead } from '../../gateway/http/hygiene.ts'
import type { Route } from '../../gateway/model/route.ts'
import { closeAfter, isUnread } from './closing.ts'

/** Answers a request that no task answers. What of its body is unread is not waited for. */
export function answerError(
  req: IncomingMessage,
  res: ServerResponse,
  name: GatewayErrorName,
  /** Further fields, flat. */
  extra: readonly string[] = []
): { status: number; code: string } {
  const { status, code, headers, body } = errorAnswer(name, req.headers.accept)
  if (isUnread(req)) {
    closeAfter(req, res)
    req.resume()
  }
  res.writeHead(status, [...headers, ...extra, 'Content-Length', `${Buffer.byteLength(body)}`])
  res.end(req.method === 'HEAD' ? undefined : body)
  return { status, code }
}

/** What a 401 owes its client (RFC 9110 §15.5.2). The realm's grammar has no quote in it. */
export function challengeOf(
  name: GatewayErrorName,
  route: Pick<Route, 'guard'> | undefined
): readonly string[] {
  const realm = route?.guard?.auth?.realm
  if (name !== 'unauthorized' || realm === undefined) return []
  return ['WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`]
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

/** Sends a client elsewhere for good. */
export function answerMoved(req: IncomingMessage, res: ServerResponse, location: string): void {
  if (isUnread(req)) {
    closeAfter(req, res)
    req.resume()
  }
  res.writeHead(301, ['Location', location, 'Content-Length', '0'])
  res.end()
}

/** `OPTIONS *` asks about the gateway itself (RFC 9110 §9.3.7). */
export function answerServerOptions(res: ServerResponse): void {
  res.writeHead(200, [
    'Allow',
    'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    'Content-Length',
    '0'
  ])
  res.end()
}
