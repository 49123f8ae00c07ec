import type { GatewayErrorName } from './errors.ts'

/** A request head as the parser delivers it. */
export interface RawHead {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  /** Flat: name, value, name, value. */
  readonly rawHeaders: readonly string[]
}

/** How the body of a request is framed; exactly what may be announced to a task. */
export type Framing = 'none' | 'chunked' | number

/** What routing and forwarding go on with once a head is known to be unambiguous. */
export interface CleanHead {
  /** The authority the client asked for: of an absolute target, else the Host header. */
  readonly host: string | undefined
  /** Origin form, `/path?query`, or `*`. */
  readonly target: string
  readonly framing: Framing
  readonly expectContinue: boolean
}

export interface HygieneLimits {
  /** Longest request target, bytes. */
  readonly maxTargetBytes: number
  /** Most header fields. */
  readonly maxFields: number
}

const REFUSED_METHODS = new Set(['CONNECT', 'TRACE'])
/** RFC 3986 characters of a path and query; nothing above 0x7e, no `#"<>\^` backtick `{|}`. */
const TARGET = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%[\]]+$/
const DIGITS = /^[0-9]{1,15}$/

/**
 * Decides whether a request head is strict and unambiguous (RFC 9112 §3, §6).
 * @returns the clean head, or the name of the error to answer with
 */
export function cleanHead(head: RawHead, limits: HygieneLimits): CleanHead | GatewayErrorName {
  return judgeHead(head, routingFields(head.rawHeaders), limits)
}

/** As `cleanHead`, for a parser that has noted the fields on its way. */
export function judgeHead(
  head: RawHead,
  fields: RoutingFields,
  limits: HygieneLimits
): CleanHead | GatewayErrorName {
  if (head.httpVersion !== '1.1' && head.httpVersion !== '1.0') return 'version'
  if (REFUSED_METHODS.has(head.method)) return 'methodRefused'
  if (head.rawHeaders.length > limits.maxFields * 2) return 'headTooLarge'
  if (head.target.length > limits.maxTargetBytes) return 'headTooLarge'

  if (fields.hosts > 1) return 'badHost'
  if (fields.host === undefined && head.httpVersion === '1.1') return 'badHost'
  const framing = framingOf(fields, head.httpVersion)
  if (typeof framing === 'object') return framing.error
  if (fields.expect !== undefined && fields.expect.toLowerCase() !== '100-continue') {
    return 'expectationFailed'
  }
  const where = originForm(head, fields.host)
  if (where === undefined) return 'badPath'
  // RFC 9110 §10.1.1: an expectation of an HTTP/1.0 client is ignored.
  const expectContinue = fields.expect !== undefined && head.httpVersion === '1.1'
  return { host: where.host, target: where.target, framing, expectContinue }
}

/** What the fields of a head say about host and framing. */
export interface RoutingFields {
  host: string | undefined
  hosts: number
  transferEncoding: string | undefined
  contentLength: string | undefined
  /** A framing field came twice. */
  repeated: boolean
  expect: string | undefined
}

/** Of a head without fields. */
export function noRoutingFields(): RoutingFields {
  return {
    host: undefined,
    hosts: 0,
    transferEncoding: undefined,
    contentLength: undefined,
    repeated: false,
    expect: undefined
  }
}

/** One pass over the fields that decide about host and framing. */
function routingFields(raw: readonly string[]): RoutingFields {
  const fields = noRoutingFields()
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (FIELD_LENGTHS.has(name.length)) noteField(fields, name.toLowerCase(), raw[i + 1] as string)
  }
  return fields
}

/** Lengths of host, expect, content-length and transfer-encoding: spares lower-casing the others. */
const FIELD_LENGTHS = new Set([4, 6, 14, 17])

/** @param name lower-case */
export function noteField(fields: RoutingFields, name: string, value: string): void {
  switch (name) {
    case 'host':
      fields.hosts += 1
      // Observers are told the first of several, as Node's parser has it.
      fields.host ??= value
      return
    case 'expect':
      fields.expect = fields.expect === undefined ? value : `${fields.expect}, ${value}`
      return
    case 'content-length':
      fields.repeated ||= fields.contentLength !== undefined
      fields.contentLength = value
      return
    case 'transfer-encoding':
      fields.repeated ||= fields.transferEncoding !== undefined
      fields.transferEncoding = value
  }
}

/** RFC 9112 §6.1 and §6.3, without the leniency: one length, or exactly `chunked`. */
function framingOf(
  fields: RoutingFields,
  version: string
): Framing | { readonly error: GatewayErrorName } {
  const { transferEncoding, contentLength } = fields
  if (fields.repeated) return { error: 'badFraming' }
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined || version === '1.0') return { error: 'badFraming' }
    if (transferEncoding.toLowerCase() !== 'chunked') return { error: 'transferCoding' }
    return 'chunked'
  }
  if (contentLength === undefined) return 'none'
  return DIGITS.test(contentLength) ? Number(contentLength) : { error: 'badFraming' }
}

/** Absolute form becomes origin form and its authority wins over Host (RFC 9112 §3.2.2). */
function originForm(
  head: RawHead,
  host: string | undefined
): { host: string | undefined; target: string } | undefined {
  const { target } = head
  if (target === '*') return head.method === 'OPTIONS' ? { host, target } : undefined
  if (!TARGET.test(target)) return undefined
  if (target.charCodeAt(0) === 0x2f) return { host, target }
  const absolute = /^https?:\/\/([^/?]+)(.*)$/i.exec(target)
  if (absolute === null) return undefined
  const [, authority = '', rest = ''] = absolute
  if (rest === '' && head.method === 'OPTIONS') return { host: authority, target: '*' }
  return { host: authority, target: rest.startsWith('/') ? rest : `/${rest}` }
}
