/**
 * What a header field is to a proxy. `end-to-end` passes; the others each have a rule of their own
 * in `hop-by-hop.ts`, `forwarded.ts` or the upstream client.
 */
export type FieldKind =
  | 'end-to-end'
  | 'connection'
  | 'keep-alive'
  | 'hop-by-hop'
  | 'te'
  | 'trailer'
  | 'upgrade'
  | 'transfer-encoding'
  | 'content-length'
  | 'host'
  | 'managed'

/** The bit that makes a letter of ASCII a small one. */
const LOWER = 0x20

/**
 * Sorts one field name, in any case. Managed are the fields by which a proxy vouches for the client:
 * all of `X-Forwarded-*`, `Forwarded`, `X-Real-IP`, and `Proxy` (httpoxy, CVE-2016-5385).
 */
export function fieldKind(name: string): FieldKind {
  // Most names are decided by their length alone; the rest costs one lower-casing.
  switch (name.length) {
    case 2:
      return is(name, 'te') ? 'te' : 'end-to-end'
    case 4:
      return is(name, 'host') ? 'host' : 'end-to-end'
    case 5:
      return is(name, 'proxy') ? 'managed' : 'end-to-end'
    case 7:
      return kindOfSeven(name)
    case 9:
      return is(name, 'forwarded') || is(name, 'x-real-ip') ? 'managed' : 'end-to-end'
    case 10:
      return kindOfTen(name)
    case 14:
      return kindOfFourteen(name)
    case 17:
      return is(name, 'transfer-encoding') ? 'transfer-encoding' : kindOfLong(name)
    default:
      return name.length < 11 ? 'end-to-end' : kindOfLong(name)
  }
}

/**
 * The field that a CGI-like server takes this name for when it folds `_` and `-` together
 * (CVE-2025-64484): `X_Forwarded_For`, `Content_Length`. Undefined for a name without underscore.
 */
export function underscoreTwin(name: string): string | undefined {
  return name.includes('_') ? name.replaceAll('_', '-') : undefined
}

/** Lower-casing makes another string: the first letter spares it mostly. */
function is(name: string, lower: string): boolean {
  if ((name.charCodeAt(0) | LOWER) !== lower.charCodeAt(0)) return false
  return name === lower || name.toLowerCase() === lower
}

function kindOfSeven(name: string): FieldKind {
  const lower = name.toLowerCase()
  return lower === 'trailer' || lower === 'upgrade' ? lower : 'end-to-end'
}

function kindOfTen(name: string): FieldKind {
  if (is(name, 'connection')) return 'connection'
  return is(name, 'keep-alive') ? 'keep-alive' : 'end-to-end'
}

function kindOfFourteen(name: string): FieldKind {
  if (name === 'Content-Length' || is(name, 'content-length')) return 'content-length'
  return is(name, 'http2-settings') ? 'hop-by-hop' : kindOfLong(name)
}

function kindOfLong(name: string): FieldKind {
  const first = name.charCodeAt(0) | LOWER
  if (first === 0x70) return kindOfProxy(name.toLowerCase())
  if (first !== 0x78) return 'end-to-end'
  const lower = name.toLowerCase()
  return lower === 'x-forwarded' || lower.startsWith('x-forwarded-') ? 'managed' : 'end-to-end'
}

function kindOfProxy(lower: string): FieldKind {
  switch (lower) {
    case 'proxy-connection':
    case 'proxy-authenticate':
    case 'proxy-authorization':
    case 'proxy-authentication-info':
      return 'hop-by-hop'
    default:
      return 'end-to-end'
  }
}
