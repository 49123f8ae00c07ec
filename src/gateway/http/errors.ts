import createError, { type FastifyErrorConstructor } from '@fastify/error'

/**
 * Every answer the gateway itself gives has one of these codes; `docs/errors.md` lists the same set
 * and a test holds the two together. Retired codes are never used again. The sentence is for the
 * client: it names no inner address; the cause goes to the log.
 */
const define = (code: string, message: string, status: number) => ({
  code,
  message,
  status,
  make: createError(code, message, status) as FastifyErrorConstructor<{ code: string }>
})

export const gatewayErrors = {
  badRequest: define('GW_BAD_REQUEST', 'The request is malformed', 400),
  badHost: define('GW_BAD_HOST', 'The Host header is missing, repeated or malformed', 400),
  badPath: define('GW_BAD_PATH', 'The path is malformed or ambiguous', 400),
  badFraming: define('GW_BAD_FRAMING', 'The length of the request body is ambiguous', 400),
  unauthorized: define('GW_UNAUTHORIZED', 'A user name and a password are needed here', 401),
  forbidden: define('GW_FORBIDDEN', 'Clients of this address may not enter here', 403),
  noRoute: define('GW_NO_ROUTE', 'No route answers for this host and path', 404),
  methodRefused: define('GW_METHOD_REFUSED', 'This method is not forwarded', 405),
  requestTimeout: define('GW_REQUEST_TIMEOUT', 'The request did not arrive in time', 408),
  tooSlow: define('GW_TOO_SLOW', 'The client was too slow while others were waiting', 408),
  expectationFailed: define('GW_EXPECTATION', 'Only Expect: 100-continue is understood', 417),
  tooManyConnections: define(
    'GW_TOO_MANY_CONNECTIONS',
    'This address has too many connections',
    429
  ),
  headTooLarge: define('GW_HEAD_TOO_LARGE', 'The request head is too large', 431),
  internal: define('GW_INTERNAL', 'The gateway failed on this request', 500),
  transferCoding: define(
    'GW_TRANSFER_CODING',
    'Only the chunked transfer coding is understood',
    501
  ),
  upstream: define('GW_UPSTREAM', 'The task did not answer properly', 502),
  upstreamRefused: define('GW_UPSTREAM_REFUSED', 'No task accepted the connection', 502),
  noEndpoint: define('GW_NO_ENDPOINT', 'The app has no task that can answer now', 503),
  noTable: define('GW_NO_TABLE', 'The gateway has not read the cluster yet', 503),
  guardInvalid: define('GW_GUARD_INVALID', 'A protective setting of this route is invalid', 503),
  guardBusy: define('GW_GUARD_BUSY', 'Too many passwords are being checked now', 503),
  overloaded: define('GW_OVERLOADED', 'The tasks of this app are busy', 503),
  exhausted: define('GW_EXHAUSTED', 'The gateway has as many connections as it can', 503),
  proxyAway: define('GW_PROXY_AWAY', 'The gateway behind HAProxy does not run', 503),
  stopping: define('GW_STOPPING', 'The gateway is stopping', 503),
  upstreamTimeout: define('GW_UPSTREAM_TIMEOUT', 'The task did not answer in time', 504),
  version: define('GW_HTTP_VERSION', 'Only HTTP/1.0 and HTTP/1.1 are understood', 505)
} as const

export type GatewayErrorName = keyof typeof gatewayErrors
