import { TOKEN, VALUE } from '../grammar.ts'

/** A head as it was sent: `headers` is flat, in order, with case and duplicates. */
export interface AnswerHead {
  readonly status: number
  /** Minor version: 0 or 1. */
  readonly minor: number
  readonly reason: string
  readonly headers: string[]
}

const CR = 13
const LF = 10
const SP = 32
const HTAB = 9
const COLON = 58

/**
 * Reads a status line and its fields (RFC 9112 §4 and §5), strictly: `HTTP/1.0` or `HTTP/1.1`,
 * status 100 to 599, lines end with CRLF, names are tokens directly before their colon, no folded
 * lines, no controls other than HTAB in values. The space after the status may be missing when no
 * reason follows.
 *
 * @param text the lines, each with its CRLF, without the empty line
 * @returns the head, or what is wrong with it in a few words
 */
export function parseAnswerHead(text: string, maxFields: number): AnswerHead | string {
  const minor = text.charCodeAt(7) - 48
  const status = digit(text, 9) * 100 + digit(text, 10) * 10 + digit(text, 11)
  if (!text.startsWith('HTTP/1.') || (minor !== 0 && minor !== 1) || text.charCodeAt(8) !== SP) {
    return 'not an HTTP/1 status line'
  }
  if (!(status >= 100 && status <= 599)) return 'status outside 100 to 599'
  const reasonAt = text.charCodeAt(12) === SP ? 13 : 12
  const end = endOfValue(text, reasonAt)
  if (end === -1) return 'bad reason phrase'
  if (reasonAt === 12 && end !== 12) return 'bad status'
  const headers: string[] = []
  const fault = parseFields(text, end + 2, maxFields, headers)
  return fault ?? { status, minor, reason: text.slice(reasonAt, end), headers }
}

/**
 * Reads field lines from `at` to the end of `text` into `headers`, flat.
 *
 * @returns what is wrong, or undefined
 */
export function parseFields(
  text: string,
  at: number,
  maxFields: number,
  headers: string[]
): string | undefined {
  let fields = 0
  let start = at
  while (start < text.length) {
    if (++fields > maxFields) return 'too many header fields'
    const colon = endOfName(text, start)
    if (colon === -1) return 'bad field name'
    let from = colon + 1
    while (isBlank(text.charCodeAt(from))) from++
    const end = endOfValue(text, from)
    if (end === -1) return 'bad field value'
    let to = end
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--
    headers.push(text.slice(start, colon), text.slice(from, to))
    start = end + 2
  }
  return undefined
}

/** Index of the colon behind the token at `at`; -1 when there is no such thing. */
function endOfName(text: string, at: number): number {
  let i = at
  while (TOKEN[text.charCodeAt(i)] === 1) i++
  return i > at && text.charCodeAt(i) === COLON ? i : -1
}

/** Index of the CRLF that ends the value; -1 when another control comes first. */
function endOfValue(text: string, at: number): number {
  let i = at
  while (VALUE[text.charCodeAt(i)] === 1) i++
  return text.charCodeAt(i) === CR && text.charCodeAt(i + 1) === LF ? i : -1
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB
}

/** NaN for anything but a digit, so that a sum with it is NaN too. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : Number.NaN
}
