const SLASH = 0x2f
const LONGEST_PATTERN = 1024

/** What the path of a request target amounts to. */
export type PathScan = 'plain' | 'odd' | 'refused'

/**
 * A quick look at the path of a target (its query is not looked at).
 *
 * `refused`: holds `%00` or a backslash, plain or encoded: no two programs read these alike.
 * `odd`: needs normalisation, since it holds a percent sign, `//` or a segment that begins with a dot.
 */
export function scanPath(target: string): PathScan {
  let odd = false
  let previous = 0
  for (let at = 0; at < target.length; at += 1) {
    const code = target.charCodeAt(at)
    if (code === 0x3f) break
    if (code === 0x5c) return 'refused'
    if (code === 0x25) {
      odd = true
      if (isRefusedEscape(target, at)) return 'refused'
    }
    if (previous === SLASH && beginsOddly(code)) odd = true
    previous = code
  }
  return odd ? 'odd' : 'plain'
}

/** A slash, or a segment that begins with a dot. */
function beginsOddly(code: number): boolean {
  return code === SLASH || code === 0x2e
}

/** `%00` and `%5C`. */
function isRefusedEscape(target: string, at: number): boolean {
  const value = escapedByte(target, at)
  return value === 0 || value === 0x5c
}

/** The byte that `%xx` at this place stands for; -1 when it is no valid escape. */
function escapedByte(text: string, at: number): number {
  const high = hexValue(text.charCodeAt(at + 1))
  const low = hexValue(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** A path key, and whether dot segments had to be removed to get it. */
export interface PathKey {
  readonly key: string
  readonly dots: boolean
}

/**
 * The form in which paths are compared (RFC 3986 §6.2.2): the query cut off, unreserved characters
 * decoded, other escapes in upper case, dot segments removed, slashes merged, no slash at the end
 * except for `/`. `%2F` is no border. A segment with a
 * broken escape such as `%zz` stays as it is.
 */
export function pathKey(target: string): PathKey {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  const segments: string[] = []
  let dots = false
  for (const raw of path.split('/')) {
    const segment = raw.includes('%') ? decodeUnreserved(raw) : raw
    if (segment === '.' || segment === '..') dots = true
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return { key: `/${segments.join('/')}`, dots }
}

/** The key of a target that `scanPath` called plain: without query and without a slash at the end. */
export function plainPathKey(target: string): string {
  const query = target.indexOf('?')
  const end = query === -1 ? target.length : query
  const cut = end > 1 && target.charCodeAt(end - 1) === SLASH ? end - 1 : end
  return cut === target.length ? target : target.slice(0, cut)
}

/** Next to a broken escape, decoding could put together an escape that nobody wrote (`%%32F`). */
function decodeUnreserved(segment: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(segment)) return segment
  return segment.replace(/%([0-9A-Fa-f]{2})/g, (triplet, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9\-._~]/.test(char) ? char : triplet.toUpperCase()
  })
}

/**
 * A path as labels and files may write it, as a key; or what is wrong with it. Letters beyond
 * ASCII are percent-encoded as UTF-8, as browsers do.
 */
export function normalisePathPattern(raw: string): { key: string } | { problem: string } {
  if (!raw.startsWith('/')) return { problem: 'a path begins with a slash' }
  if (raw.length > LONGEST_PATTERN)
    return { problem: `a path has up to ${LONGEST_PATTERN} characters` }
  // Half of a surrogate pair has no UTF-8 form, and encodeURIComponent throws.
  if (/\p{Surrogate}/u.test(raw)) return { problem: 'the path holds half a character' }
  const ascii = raw.replace(/[\u0080-\uffff]+/g, encodeURIComponent)
  if (scanPath(ascii) === 'refused') return { problem: 'a path holds no backslash and no %00' }
  if (!/^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/.test(ascii)) {
    return { problem: 'the path holds a character that a URL path can only hold percent-encoded' }
  }
  const { key, dots } = pathKey(ascii)
  return dots ? { problem: 'a path holds no `.` or `..` segments' } : { key }
}
