/**
 * Methods that are forwarded: those Node's parser knows, in its order, without CONNECT and TRACE.
 * Whoever else takes requests in front of tasks refuses all others, too.
 */
export const forwardedMethods: readonly string[] = [
  ...['ACL', 'BIND', 'CHECKOUT', 'COPY', 'DELETE', 'GET', 'HEAD', 'LINK', 'LOCK', 'M-SEARCH'],
  ...['MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MOVE', 'NOTIFY', 'OPTIONS', 'PATCH', 'POST'],
  ...['PROPFIND', 'PROPPATCH', 'PURGE', 'PUT', 'QUERY', 'REBIND', 'REPORT', 'SEARCH', 'SOURCE'],
  ...['SUBSCRIBE', 'UNBIND', 'UNLINK', 'UNLOCK', 'UNSUBSCRIBE']
]

/**
 * Methods whose repetition has the effect of one request, RFC 9110 §9.2.2 and the IANA registry:
 * the safe ones, PUT and DELETE. COPY, MOVE and their kin are left out although registered as
 * idempotent: a repeated MOVE answers as if the first had failed.
 */
function isIdempotentMethod(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'PUT':
    case 'DELETE':
    case 'TRACE':
    case 'PROPFIND':
    case 'REPORT':
    case 'SEARCH':
    case 'QUERY':
      return true
    default:
      return false
  }
}

/**
 * A request may be repeated as far as its meaning goes: its method is idempotent, or the client
 * vouches for it with `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
 *
 * @param headers flat: name, value, name, value
 */
export function isIdempotent(method: string, headers: readonly string[]): boolean {
  if (isIdempotentMethod(method)) return true
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length === 15 && name.toLowerCase() === 'idempotency-key') return true
  }
  return false
}
