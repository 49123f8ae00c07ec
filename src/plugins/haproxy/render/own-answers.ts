import { errorAnswer } from '../../../gateway/http/error-answer.ts'
import type { GatewayErrorName } from '../../../gateway/http/errors.ts'

/** Statuses for which HAProxy has an answer of its own, and what is said instead. */
const OWN_STATUSES: readonly (readonly [status: number, name: GatewayErrorName])[] = [
  [400, 'badRequest'],
  [408, 'requestTimeout'],
  [500, 'internal'],
  [501, 'transferCoding'],
  [502, 'upstream'],
  [504, 'upstreamTimeout']
]

/** HAProxy says 503 when no task took the connection; the gateway says 502 for that. */
export const REFUSED_FILE = '502.http'

/** A rule that answers with an error of the gateway itself, always as text. */
export function answerRule(
  name: GatewayErrorName,
  condition: string,
  /** Further fields: a name and a word. */
  fields: readonly string[] = []
): string {
  const more = fields.map((field) => ` hdr ${field}`).join('')
  return `http-request return status ${answerWords(name)}${more} if ${condition}`
}

/**
 * A rule that sends a client elsewhere for good.
 * @param location in HAProxy's format, without single quotes
 */
export function movedRule(location: string, condition: string): string {
  return `http-request return status 301 hdr Location '${location}' if ${condition}`
}

/** Lines for `defaults`: the gateway's words for what HAProxy itself finds wrong. */
export function ownAnswerLines(): string[] {
  const errors = OWN_STATUSES.map(([, name]) => errorLine(name))
  return [...errors, `errorfile 503 @folder@/${REFUSED_FILE}`]
}

/** What is said instead of HAProxy's own answer with the status of this error. */
export function errorLine(name: GatewayErrorName): string {
  return `http-error status ${answerWords(name)}`
}

/** A whole message, as `errorfile` takes it: its status may differ from the one it stands for. */
export function refusedFile(): string {
  const { status, headers, body } = errorAnswer('upstreamRefused', undefined)
  const fields = pairs(headers).map(([field, value]) => `${field}: ${value}\r\n`)
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`
  return `HTTP/1.1 ${status} Bad Gateway\r\n${fields.join('')}${length}\r\n${body}`
}

function answerWords(name: GatewayErrorName): string {
  const { status, headers, body } = errorAnswer(name, undefined)
  const words = [`${status}`]
  const others: string[] = []
  for (const [field, value] of pairs(headers)) {
    if (field === 'Content-Type') words.push(`content-type "${value}"`)
    else others.push(`hdr ${field} ${value}`)
  }
  return [...words, `string "${body.replace('\n', '\\n')}"`, ...others].join(' ')
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : []))
}
