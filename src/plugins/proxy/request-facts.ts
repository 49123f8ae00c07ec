import type { PickRequest } from '../../gateway/balance/picker.ts'
import type { RequestFacts } from '../../gateway/model/table.ts'

/** What routing, picking and guards may look at, read from the fields only when asked for. */
export class HeadFacts implements RequestFacts, PickRequest {
  readonly #raw: readonly string[]
  readonly host: string | undefined
  readonly target: string
  readonly method: string

  /** @param raw flat: name, value, name, value */
  constructor(method: string, host: string | undefined, target: string, raw: readonly string[]) {
    this.#raw = raw
    this.method = method
    this.host = host
    this.target = target
  }

  header(name: string): string | undefined {
    return fieldValue(this.#raw, name)
  }

  /** The value of a field that stands in one line; undefined when there are several. */
  sole(name: string): string | undefined {
    const at = indexOfField(this.#raw, name, 0)
    if (at === -1 || indexOfField(this.#raw, name, at + 2) !== -1) return undefined
    return this.#raw[at + 1]
  }

  /** The first cookie of that name (RFC 6265 §5.4 puts the most specific one first). */
  cookie(name: string): string | undefined {
    for (const pair of this.header('cookie')?.split(';') ?? []) {
      const equals = pair.indexOf('=')
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
    return undefined
  }
}

/**
 * The value of a field (lower-case name) in a flat list. Several lines are one value (RFC 9110 §5.3);
 * cookies have a separator of their own (RFC 9113 §8.2.3).
 */
export function fieldValue(raw: readonly string[], name: string): string | undefined {
  let value: string | undefined
  for (let at = indexOfField(raw, name, 0); at !== -1; at = indexOfField(raw, name, at + 2)) {
    const own = raw[at + 1] ?? ''
    value = value === undefined ? own : `${value}${name === 'cookie' ? '; ' : ', '}${own}`
  }
  return value
}

function indexOfField(raw: readonly string[], lower: string, from: number): number {
  for (let i = from; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (name.length === lower.length && (name === lower || name.toLowerCase() === lower)) return i
  }
  return -1
}
