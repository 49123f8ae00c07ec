import { fieldKind, underscoreTwin } from './field-kind.ts'

/**
 * Fields that mean something only at the head: RFC 9110 §6.5.1 (routing, request modifiers,
 * authentication, response control, processing of the content). Framing, hop-by-hop and managed
 * fields are known by `fieldKind`.
 */
const HEAD_ONLY: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'warning',
  'www-authenticate',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range'
])

/** True for a field that may pass as a trailer, in either direction. */
export function passesAsTrailer(name: string): boolean {
  const plain = underscoreTwin(name) ?? name
  return fieldKind(plain) === 'end-to-end' && !HEAD_ONLY.has(plain.toLowerCase())
}

/** The trailers that pass; flat in, flat out. */
export function forwardedTrailers(raw: readonly string[]): string[] {
  const passed: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (passesAsTrailer(name)) passed.push(name, raw[i + 1] ?? '')
  }
  return passed
}

/** What is true of a `Trailer` field once trailers are filtered; undefined when nothing is. */
export function forwardedTrailerField(value: string): string | undefined {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && passesAsTrailer(name))
  return names.length === 0 ? undefined : names.join(', ')
}
