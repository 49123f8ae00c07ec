/** Narrow readers of foreign JSON: the value when it is what was expected, undefined when not. */

/** A JSON object whose fields are not yet trusted. Only ever read by literal keys. */
export type Fields = Readonly<Record<string, unknown>>

const PRINTABLE = /^[\x21-\x7e]+$/

export function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Fields
}

/** The items of an array; none for anything else. Marathon up to 1.5 omits empty arrays or writes null. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Printable ASCII without spaces, 1 to `maxLength` characters: ids, versions, host names. */
export function wordOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value.length > maxLength) return undefined
  return PRINTABLE.test(value) ? value : undefined
}

/** A whole number from 0; Marathon writes ints or floats (`2`, `2.0`), which JSON can't tell apart. */
export function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

/** A usable port, 1 to 65535. */
export function portOf(value: unknown): number | undefined {
  const port = countOf(value)
  return port !== undefined && port >= 1 && port <= 65_535 ? port : undefined
}

/** Seconds as milliseconds; `otherwise` when the value is no number from 0. */
export function secondsOf(value: unknown, otherwise: number): number {
  const usable = typeof value === 'number' && Number.isFinite(value) && value >= 0
  return Math.round((usable ? value : otherwise) * 1000)
}

/** An ISO timestamp as milliseconds since 1970. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

/** A foreign value inside a sentence for operators: short, on one line. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
