import { normaliseHostPattern } from './hosts.ts'
import { normalisePathPattern } from './paths.ts'
import { defaultLimits, type RoutingLimits } from './routing-limits.ts'

/** What a label says: a value, or none; and what is wrong with it. Both when only a part is wrong. */
export interface Parsed<T> {
  readonly value?: T
  readonly problems: readonly string[]
}

export interface PickerChoice {
  readonly picker: string
  readonly hashOn?: { readonly header?: string; readonly cookie?: string }
}

/** What a label's parser may ask about the gateway. */
export interface LabelContext {
  readonly pickers: ReadonlySet<string>
  readonly hookSets: ReadonlySet<string>
  readonly settings?: { readonly marathonLb?: boolean; readonly limits?: RoutingLimits }
}

/** What apps may ask for, as the operator says. */
export function limitsOf({ settings }: LabelContext): RoutingLimits {
  return settings?.limits ?? defaultLimits
}

export const HIGHEST_WEIGHT = 1000
export const HIGHEST_PRIORITY = 1000
/** Name of the sticky cookie when the label only says `true`. */
export const STICKY_COOKIE = 'gateway-sticky'

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})$/
/** A token of RFC 9110 §5.6.2: names of headers and cookies. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/
/** One DNS label, as the name becomes a part of the default host. */
const SERVICE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

export function right<T>(value: T): Parsed<T> {
  return { value, problems: [] }
}

export function wrong(problem: string): { readonly problems: readonly string[] } {
  return { problems: [problem] }
}

/** Splits at commas and white space. */
export function listOf(raw: string): string[] {
  return raw.split(/[\s,]+/).filter((word) => word !== '')
}

/** A value as it may stand in a sentence: short, on one line. */
export function quote(raw: string): string {
  const line = raw.replace(/\p{Cc}/gu, ' ')
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`
}

export function parseBoolean(raw: string): Parsed<boolean> {
  const word = raw.trim().toLowerCase()
  if (word === 'true') return right(true)
  return word === 'false' ? right(false) : wrong(`expected true or false, not ${quote(raw)}`)
}

export function parseHosts(raw: string, context: LabelContext): Parsed<readonly string[]> {
  const { hosts: most } = limitsOf(context)
  const words = listOf(raw)
  if (words.length === 0) return wrong('expected at least one host')
  const hosts = new Set<string>()
  const problems: string[] = []
  for (const word of words.slice(0, most)) {
    const host = normaliseHostPattern(word)
    if (host === undefined) problems.push(`${quote(word)} is no host name; this host is left out`)
    else hosts.add(host)
  }
  if (words.length > most) {
    problems.push(`more than ${most} hosts (routing.limits.hosts); those after them are left out`)
  }
  return hosts.size === 0 ? { problems } : { value: [...hosts], problems }
}

export function parsePath(raw: string): Parsed<string> {
  const path = normalisePathPattern(raw.trim())
  return 'key' in path ? right(path.key) : wrong(`${path.problem}, not ${quote(raw)}`)
}

/** A port index or a port name; which of the two fits is decided with the app at hand. */
export function parsePortRef(raw: string): Parsed<string> {
  const word = raw.trim()
  return NAME.test(word)
    ? right(word)
    : wrong(`expected a port index or a port name, not ${quote(raw)}`)
}

export function parseServiceName(raw: string): Parsed<string> {
  const word = raw.trim()
  return SERVICE_NAME.test(word)
    ? right(word)
    : wrong(`expected lower-case letters, digits and hyphens, up to 63, not ${quote(raw)}`)
}

function parseInteger(raw: string, lowest: number, highest: number): Parsed<number> {
  const word = raw.trim()
  const value = /^-?\d{1,6}$/.test(word) ? Number(word) : Number.NaN
  if (value >= lowest && value <= highest) return right(value === 0 ? 0 : value)
  return wrong(`expected a whole number from ${lowest} to ${highest}, not ${quote(raw)}`)
}

export function parseWeight(raw: string): Parsed<number> {
  return parseInteger(raw, 0, HIGHEST_WEIGHT)
}

export function parsePriority(raw: string): Parsed<number> {
  return parseInteger(raw, -HIGHEST_PRIORITY, HIGHEST_PRIORITY)
}

/** `round-robin`, or `hash:header:x-user`, `hash:cookie:sid`. */
export function parsePicker(raw: string, context: LabelContext): Parsed<PickerChoice> {
  const [name = '', kind, key, ...more] = raw.trim().split(':')
  const known = [...context.pickers].sort().join(', ')
  if (!context.pickers.has(name)) return wrong(`${quote(name)} is no picker; known: ${known}`)
  if (kind === undefined) {
    return name === 'hash'
      ? wrong('hash needs to know what to hash, such as hash:header:x-user or hash:cookie:sid')
      : right({ picker: name })
  }
  if (more.length > 0 || key === undefined || !TOKEN.test(key)) {
    return wrong(`expected ${name}:header:<name> or ${name}:cookie:<name>, not ${quote(raw)}`)
  }
  if (kind === 'header') return right({ picker: name, hashOn: { header: key.toLowerCase() } })
  if (kind === 'cookie') return right({ picker: name, hashOn: { cookie: key } })
  return wrong(`expected header or cookie after ${name}:, not ${quote(kind)}`)
}

/** The cookie's name; `false` is an empty name. */
export function parseSticky(raw: string): Parsed<string> {
  const word = raw.trim()
  if (word === 'true') return right(STICKY_COOKIE)
  if (word === 'false') return right('')
  return TOKEN.test(word)
    ? right(word)
    : wrong(`expected a cookie name, true or false, not ${quote(raw)}`)
}

export function parseGroups(raw: string): Parsed<readonly string[]> {
  const words = listOf(raw)
  const value = words.filter((word) => NAME.test(word))
  const bad = words.filter((word) => !NAME.test(word))
  const problems = bad.map((word) => `${quote(word)} is no group name`)
  if (words.length === 0) problems.push('expected at least one group name')
  // A wrong group must not put the app into every group, so an empty list is a value, too.
  return { value, problems }
}

export function parseUpgrade(raw: string): Parsed<'websocket' | 'none'> {
  const word = raw.trim().toLowerCase()
  if (word === 'websocket' || word === 'none') return right(word)
  // Whoever writes this label means to forbid something.
  return { value: 'none', ...wrong(`expected websocket or none, not ${quote(raw)}; none applies`) }
}

export function parseHooks(raw: string, context: LabelContext): Parsed<string> {
  const word = raw.trim()
  if (context.hookSets.has(word)) return right(word)
  const known = [...context.hookSets].sort().join(', ') || 'none'
  return wrong(`no plugin offers the hook set ${quote(raw)}; known: ${known}`)
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000]
])

/** A parser of durations such as `500ms`, `30s`, `2m`, `1h`, as milliseconds. */
export function durationUpTo(highestMs: number, lowestMs = 1): (raw: string) => Parsed<number> {
  return (raw) => {
    const parts = /^(\d{1,9})(ms|s|m|h)$/.exec(raw.trim())
    const value = Number(parts?.[1]) * (UNITS.get(parts?.[2] ?? '') ?? Number.NaN)
    if (value >= lowestMs && value <= highestMs) return right(value)
    const least = lowestMs === 1 ? '' : `from ${lowestMs / 1_000}s `
    const range = `${least}up to ${highestMs / 1_000}s`
    return wrong(`expected a duration such as 500ms, 30s or 2m, ${range}, not ${quote(raw)}`)
  }
}
