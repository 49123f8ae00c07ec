import { isIP } from 'node:net'
import { parseAuth } from './guard-values.ts'
import type { LabelContext, Parsed, PickerChoice } from './label-values.ts'
import { HIGHEST_PRIORITY, parsePicker, quote, right, wrong } from './label-values.ts'
import { normalisePathPattern } from './paths.ts'
import type { BasicAuth } from './route.ts'

const MOST_PATHS = 64

/** `true`, `t`, `yes` and `y` as there; what is neither these nor their contrary is wrong. */
export function parseLbBoolean(raw: string): Parsed<boolean> {
  const word = raw.trim().toLowerCase()
  if (/^(?:true|t|yes|y)$/.test(word)) return right(true)
  return /^(?:false|f|no|n)$/.test(word)
    ? right(false)
    : wrong(`expected true or false, not ${quote(raw)}`)
}

/** Arguments of `path_beg`: paths, and `-i` for any case. */
export function parseLbPaths(raw: string): Parsed<readonly string[]> {
  const paths = new Set<string>()
  const problems: string[] = []
  const words = raw.split(/\s+/).filter((word) => word !== '')
  for (const word of words.slice(0, MOST_PATHS)) {
    const path = normalisePathPattern(word)
    if (word === '-i') problems.push('paths are compared with case; -i is ignored')
    else if ('key' in path) paths.add(path.key)
    else problems.push(`${path.problem}; ${quote(word)} is left out`)
  }
  if (words.length > MOST_PATHS) problems.push(`more than ${MOST_PATHS} paths are left out`)
  if (paths.size > 0) return { value: [...paths], problems }
  return { problems: [...problems, 'no path is left, so the label counts as absent'] }
}

export function parseLbPath(raw: string): Parsed<string> {
  const path = normalisePathPattern(raw.trim())
  return 'key' in path ? right(path.key) : wrong(`${path.problem}, not ${quote(raw)}`)
}

/** Where `/` is sent to: a path as it will stand in `Location`. */
export function parseLbRedirect(raw: string): Parsed<string> {
  const word = raw.trim()
  const fits = /^\/(?!\/)[A-Za-z0-9._~!$&()*+,;=:@/?%-]{0,1023}$/.test(word)
  if (!fits) return wrong(`expected a path, not ${quote(raw)}`)
  return word === '/' || word.startsWith('/?') ? wrong('it would redirect to itself') : right(word)
}

/** The algorithms of HAProxy that a picker stands for. */
const PICKERS: ReadonlyMap<string, string> = new Map([
  ['roundrobin', 'round-robin'],
  ['static-rr', 'round-robin'],
  ['leastconn', 'least-requests'],
  ['random', 'least-requests'],
  ['random(1)', 'random'],
  ['random(2)', 'least-requests']
])

export function parseLbBalance(raw: string, context: LabelContext): Parsed<PickerChoice> {
  const word = raw.trim().toLowerCase()
  const picker = PICKERS.get(word)
  if (picker !== undefined) return parsePicker(picker, context)
  const [, header] = /^hdr\(([a-z0-9-]+)\)$/.exec(word) ?? []
  if (header !== undefined) return parsePicker(`hash:header:${header}`, context)
  return wrong(`${quote(raw)} has no picker; see gateway.picker`)
}

/** Exactly one user, as there. */
export function parseLbAuth(raw: string): Parsed<BasicAuth> {
  const auth = parseAuth(raw)
  return auth.value !== undefined && auth.value.users.length > 1
    ? wrong('expected one realm:user:hash; gateway.auth takes several')
    : auth
}

/** There any number orders rules; what lies beyond the range of `gateway.priority` is its end. */
export function parseLbWeight(raw: string): Parsed<number> {
  const word = raw.trim()
  if (!/^-?\d{1,9}$/.test(word)) return wrong(`expected a whole number, not ${quote(raw)}`)
  const value = Math.min(Math.max(Number(word), -HIGHEST_PRIORITY), HIGHEST_PRIORITY)
  return right(value === 0 ? 0 : value)
}

export function parseLbPort(raw: string): Parsed<number> {
  const port = /^\s*\d{1,5}\s*$/.test(raw) ? Number(raw) : 0
  return port >= 1 && port <= 65_535
    ? right(port)
    : wrong(`expected a port number, not ${quote(raw)}`)
}

export function parseLbMode(raw: string): Parsed<'tcp' | 'http'> {
  const word = raw.trim().toLowerCase()
  return word === 'tcp' || word === 'http'
    ? right(word)
    : wrong(`expected tcp or http, not ${quote(raw)}`)
}

export function parseLbAddress(raw: string): Parsed<string> {
  const word = raw.trim()
  if (isIP(word) === 0 || word.includes('%')) return wrong(`expected an address, not ${quote(raw)}`)
  return right(word)
}

export function parseLbCertificate(raw: string): Parsed<string> {
  const word = raw.trim()
  return /^\/[A-Za-z0-9._/-]{1,255}$/.test(word)
    ? right(word)
    : wrong(`expected the absolute path of a file, not ${quote(raw)}`)
}
