import { type FieldKind, fieldKind } from './field-kind.ts'
import { forwardedTrailerField } from './trailers.ts'

/**
 * Lower-case names that the `Connection` fields of a message declare as hop-by-hop (RFC 9110
 * §7.6.1), without `close`, `keep-alive`, `upgrade` and `te`, which need no list; undefined when none
 * is left. A sender can't have fields removed that are not its own to remove: Host, Content-*,
 * managed and framing fields stay (CVE-2024-45410, CVE-2025-48865).
 */
export function connectionNames(headers: readonly string[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (name.length !== 10 || fieldKind(name) !== 'connection') continue
    if (headers[i + 1] === 'keep-alive') continue
    for (const option of (headers[i + 1] ?? '').toLowerCase().split(',')) {
      const named = option.trim()
      if (mayBeNamed(named)) names = (names ?? new Set()).add(named)
    }
  }
  return names
}

/** True when a `Connection` value lists the option (lower-case). */
export function hasConnectionOption(value: string, option: string): boolean {
  if (value === option) return true
  const lower = value.toLowerCase()
  if (lower === option) return true
  if (!lower.includes(option)) return false
  return lower.split(',').some((item) => item.trim() === option)
}

/**
 * The header fields of a task's answer as they go to the client: no framing, nothing hop-by-hop,
 * nothing named by `Connection`; order, case and duplicates as they came.
 *
 * @param facts.trailers the body is chunked, so trailers may follow and `Trailer` may be true
 */
export function forwardedResponseHeaders(
  raw: readonly string[],
  facts: { readonly trailers: boolean }
): string[] {
  const named = connectionNames(raw)
  const passed: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    const kind = fieldKind(name)
    if (kind === 'trailer' && facts.trailers) {
      const kept = forwardedTrailerField(value)
      if (kept !== undefined) passed.push(name, kept)
      continue
    }
    if (!passesInAnswer(kind)) continue
    if (named?.has(name.toLowerCase())) continue
    passed.push(name, value)
  }
  return passed
}

/** An answer has no managed fields: what a task says in `X-Forwarded-*` or `Host` is its own affair. */
function passesInAnswer(kind: FieldKind): boolean {
  return kind === 'end-to-end' || kind === 'managed' || kind === 'host'
}

function mayBeNamed(name: string): boolean {
  switch (name) {
    case '':
    case 'close':
    case 'keep-alive':
      return false
    default:
      return fieldKind(name) === 'end-to-end' && !name.startsWith('content-')
  }
}
