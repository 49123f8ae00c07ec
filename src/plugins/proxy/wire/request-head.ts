import { TARGET } from '../../../gateway/http/grammar.ts'
import { hasConnectionOption } from '../../../gateway/http/hop-by-hop.ts'
import {
  noRoutingFields,
  noteField,
  type RawHead,
  type RoutingFields
} from '../../../gateway/http/hygiene.ts'
import { forwardedMethods } from '../../../gateway/http/methods.ts'
import { parseFields } from '../../../gateway/http/upstream/answer-head.ts'
import type { FieldBlock, FieldMemory } from './field-memory.ts'

/** A request head that is plain: HTTP/1.1, origin form, unambiguous framing, no upgrade. */
export interface PlainHead extends RawHead, FieldBlock {}

const METHODS: ReadonlySet<string> = new Set(forwardedMethods)
const LONGEST_METHOD = 16
const VERSION_LINE = ' HTTP/1.1\r\n'
const DIGITS = /^[0-9]{1,15}$/
const SLASH = 0x2f
const SPACE = 0x20

/**
 * Reads a request head by a grammar of allowed bytes (RFC 9112 §3 and §5): lines end with CRLF, single
 * spaces in the first one, names are tokens directly before their colon, no folded lines, no controls
 * other than HTAB in values.
 *
 * @param text the lines, each with its CRLF, without the empty line; Latin-1
 * @param memory of the connection it came on
 * @returns undefined when the head is malformed, or merely not plain: no lane is chosen by guessing
 */
export function parsePlainHead(
  text: string,
  maxFields: number,
  memory?: FieldMemory
): PlainHead | undefined {
  const methodEnd = text.indexOf(' ')
  if (methodEnd < 1 || methodEnd > LONGEST_METHOD) return undefined
  const method = text.slice(0, methodEnd)
  if (!METHODS.has(method)) return undefined
  const targetEnd = endOfTarget(text, methodEnd + 1)
  if (targetEnd === -1 || !text.startsWith(VERSION_LINE, targetEnd)) return undefined
  const fieldsAt = targetEnd + VERSION_LINE.length
  let block = memory?.recall(text, fieldsAt)
  if (block === undefined) {
    block = readFields(text, fieldsAt, maxFields)
    if (block === undefined) return undefined
    memory?.keep(text, fieldsAt, block)
  }
  const { rawHeaders, fields, close, outgoing } = block
  const target = text.slice(methodEnd + 1, targetEnd)
  return { method, target, httpVersion: '1.1', rawHeaders, fields, close, outgoing }
}

/** Undefined when they are not plain. */
function readFields(text: string, at: number, maxFields: number): FieldBlock | undefined {
  const rawHeaders: string[] = []
  const fault = parseFields(text, at, maxFields, rawHeaders)
  if (fault !== undefined) return undefined
  const fields = noRoutingFields()
  const connection = noteFields(rawHeaders, fields)
  if (connection === 'other' || !isPlainlyFramed(fields)) return undefined
  const outgoing = { headers: undefined, lines: undefined }
  return { rawHeaders, fields, close: connection === 'close', outgoing }
}

/** Whether the beginning of a head may become a plain one; false as soon as a byte says otherwise. */
export function mayBecomePlain(text: string, maxFields: number): boolean {
  const linesEnd = text.lastIndexOf('\r\n') + 2
  if (linesEnd === 1) return PARTIAL_LINE.test(text)
  return (
    PARTIAL_FIELD.test(text.slice(linesEnd)) &&
    parsePlainHead(text.slice(0, linesEnd), maxFields) !== undefined
  )
}

/** Whether a head asks to leave HTTP/1.1 on its connection, be it malformed or not. */
export function asksToSwitch(text: string): boolean {
  return /^CONNECT |\r\nupgrade[ \t]*:/i.test(text)
}

/**
 * Whether a head is malformed in the one way that Node's parser forgives without a word: further spaces
 * around the target (RFC 9112 §3).
 */
export function hasFurtherSpaces(text: string): boolean {
  return /^[\r\n]*[!-~]+ (?: |[!-~]+ {2})/.test(text)
}

const PARTIAL_LINE =
  /^[A-Z-]{0,16}(?: (?:\/[A-Za-z0-9\-._~!$&'()*+,;=:@/?%[\]]*(?: [HTP/1.]{0,8}\r?)?)?)?$/
const PARTIAL_FIELD =
  /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]*|[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)\r?$/

/** Index of the space behind the target; -1 when there is another byte, or no slash in front. */
function endOfTarget(text: string, from: number): number {
  if (text.charCodeAt(from) !== SLASH) return -1
  let at = from
  while (TARGET[text.charCodeAt(at)] === 1) at++
  return text.charCodeAt(at) === SPACE ? at : -1
}

type ConnectionKind = 'keep' | 'close' | 'other'

/** Notes what decides about host and framing; says what becomes of the connection. */
function noteFields(raw: readonly string[], fields: RoutingFields): ConnectionKind {
  let connection: ConnectionKind = 'keep'
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const kind = KINDS[name.length]
    if (kind === undefined) continue
    const value = raw[i + 1] ?? ''
    if (kind === 'routing') noteField(fields, name.toLowerCase(), value)
    else if (name.toLowerCase() !== kind) continue
    else if (kind !== 'connection') return 'other'
    else connection = connectionKind(value, connection)
    if (connection === 'other') return connection
  }
  return connection
}

/** By the length of a name, what it may be: spares lower-casing the others. */
const KINDS: readonly ('routing' | 'connection' | 'upgrade' | 'proxy-connection' | undefined)[] =
  Array.from({ length: 18 }, (_, length) => {
    // Host, Expect, Content-Length and Transfer-Encoding.
    if ([4, 6, 14, 17].includes(length)) return 'routing'
    if (length === 7) return 'upgrade'
    if (length === 10) return 'connection'
    // Node's parser takes it for Connection.
    return length === 16 ? 'proxy-connection' : undefined
  })

function connectionKind(value: string, before: ConnectionKind): ConnectionKind {
  if (value === 'keep-alive') return before
  if (hasConnectionOption(value, 'upgrade')) return 'other'
  return hasConnectionOption(value, 'close') ? 'close' : before
}

/** One length of digits, or exactly `chunked`, or neither; all else is for a lane that refuses it. */
function isPlainlyFramed(fields: RoutingFields): boolean {
  const { repeated, transferEncoding, contentLength } = fields
  if (repeated) return false
  if (transferEncoding === undefined) {
    return contentLength === undefined || DIGITS.test(contentLength)
  }
  return contentLength === undefined && transferEncoding.toLowerCase() === 'chunked'
}
