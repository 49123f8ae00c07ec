import { fieldKind } from '../field-kind.ts'
import { hasConnectionOption } from '../hop-by-hop.ts'
import type { AnswerHead } from './answer-head.ts'

/** How the body of an answer is delimited, and what becomes of the connection after it. */
export interface AnswerFraming {
  readonly body: 'none' | 'length' | 'chunked' | 'close'
  /** Bytes of the body; -1 when unknown. */
  readonly length: number
  /** Value of Content-Length, also where no body follows (HEAD, 304). */
  readonly contentLength: number | undefined
  /** The task will take another request on this connection. */
  readonly keepAlive: boolean
  /** `timeout` of the Keep-Alive field, ms. */
  readonly keepAliveMs: number | undefined
  /** `Upgrade` names websocket and `Connection` lists upgrade. */
  readonly websocket: boolean
}

/** What the fields say, before it is judged. */
interface Said {
  contentLength: string | undefined
  lengths: number
  transferEncoding: string | undefined
  codings: number
  close: boolean
  keepAlive: boolean
  upgrade: boolean
  websocket: boolean
  keepAliveMs: number | undefined
}

/**
 * Body length of an answer, RFC 9112 §6.3, without its leniencies: any second Content-Length is
 * refused (equal ones too, which RFC 9110 §8.6 would let us merge: a task that sends two has a fault
 * that another reader may see differently), so is Content-Length beside Transfer-Encoding, and
 * every transfer coding but exactly one `chunked`.
 *
 * @param method of the request: HEAD has no body whatever the fields say
 * @returns the framing, or what is wrong in a few words
 */
export function framingOf(head: AnswerHead, method: string): AnswerFraming | string {
  const said = whatFieldsSay(head.headers)
  const fault = faultOf(said, head)
  if (fault !== undefined) return fault
  const contentLength = said.contentLength === undefined ? undefined : Number(said.contentLength)
  const body = bodyOf(head.status, method, said)
  const length = body === 'none' ? 0 : body === 'length' ? (contentLength ?? 0) : -1
  const persistent = head.minor === 1 || said.keepAlive
  return {
    body,
    length,
    contentLength,
    keepAlive: persistent && !said.close && body !== 'close',
    keepAliveMs: said.keepAliveMs,
    websocket: said.upgrade && said.websocket
  }
}

function bodyOf(status: number, method: string, said: Said): AnswerFraming['body'] {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  if (said.codings > 0) return 'chunked'
  return said.contentLength === undefined ? 'close' : 'length'
}

function faultOf(said: Said, head: AnswerHead): string | undefined {
  if (said.lengths > 1) return 'more than one Content-Length'
  if (said.codings > 1) return 'more than one Transfer-Encoding'
  if (said.contentLength !== undefined && !isLength(said.contentLength)) return 'bad Content-Length'
  if (said.transferEncoding === undefined) return undefined
  if (said.contentLength !== undefined) return 'Content-Length beside Transfer-Encoding'
  if (head.minor === 0) return 'Transfer-Encoding in HTTP/1.0'
  const coding = said.transferEncoding
  return coding === 'chunked' || coding.toLowerCase() === 'chunked'
    ? undefined
    : 'unknown transfer coding'
}

function isLength(value: string): boolean {
  return /^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value))
}

function whatFieldsSay(headers: readonly string[]): Said {
  const said: Said = {
    contentLength: undefined,
    lengths: 0,
    transferEncoding: undefined,
    codings: 0,
    close: false,
    keepAlive: false,
    upgrade: false,
    websocket: false,
    keepAliveMs: undefined
  }
  for (let i = 0; i < headers.length; i += 2) {
    note(said, headers[i] ?? '', headers[i + 1] ?? '')
  }
  return said
}

function note(said: Said, name: string, value: string): void {
  switch (fieldKind(name)) {
    case 'content-length':
      said.contentLength = value
      said.lengths++
      break
    case 'transfer-encoding':
      said.transferEncoding = value
      said.codings++
      break
    case 'connection':
      said.keepAlive ||= hasConnectionOption(value, 'keep-alive')
      if (value === 'keep-alive') break
      said.close ||= hasConnectionOption(value, 'close')
      said.upgrade ||= hasConnectionOption(value, 'upgrade')
      break
    case 'keep-alive':
      said.keepAliveMs = keepAliveMs(value)
      break
    case 'upgrade':
      said.websocket = value.toLowerCase() === 'websocket'
      break
    default:
  }
}

/** `timeout=5, max=100`: milliseconds; undefined when it does not say. */
function keepAliveMs(value: string): number | undefined {
  const seconds = /(?:^|[,;\s])timeout=(\d{1,6})(?:[,;\s]|$)/i.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
