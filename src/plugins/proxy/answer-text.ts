import { STATUS_CODES } from 'node:http'
import { errorAnswer } from '../../gateway/http/error-answer.ts'
import { type GatewayErrorName, gatewayErrors } from '../../gateway/http/errors.ts'

/** What the head of an answer says of its connection. */
export interface ConnectionText {
  readonly keep: string
  readonly close: string
}

/** As Node's server says it. */
export function connectionText(keepAliveMs: number): ConnectionText {
  const seconds = Math.floor(keepAliveMs / 1000)
  return {
    keep: `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n`,
    close: 'Connection: close\r\n'
  }
}

/** Field lines of a flat list. */
export function fieldLines(flat: readonly string[]): string {
  let text = ''
  for (let i = 0; i < flat.length; i += 2) text += `${flat[i]}: ${flat[i + 1]}\r\n`
  return text
}

export function statusLine(status: number, reason: string | undefined): string {
  return `HTTP/1.1 ${status} ${reason ?? STATUS_CODES[status] ?? 'unknown'}\r\n`
}

/** The `Date` of answers that have none of their own; made once a second. */
export function createDateText(now: () => number): () => string {
  let second = 0
  let text = ''
  return () => {
    const at = now()
    const current = Math.floor(at / 1000)
    if (current !== second) {
      second = current
      text = `Date: ${new Date(at).toUTCString()}\r\n`
    }
    return text
  }
}

export function hasDate(flat: readonly string[]): boolean {
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (name.length === 4 && (name === 'Date' || name.toLowerCase() === 'date')) return true
  }
  return false
}

/** The whole answer to bytes that are no request; the connection closes behind it. */
export function refusalText(name: GatewayErrorName, id?: string): string {
  return id === undefined ? refusalTexts[name] : makeRefusalText(name, id)
}

function makeRefusalText(name: GatewayErrorName, id: string | undefined): string {
  const { headers, body } = errorAnswer(name, undefined, id)
  const fields = [...headers, 'Content-Length', `${body.length}`, 'Connection', 'close']
  const { status } = gatewayErrors[name]
  return `${statusLine(status, 'Refused')}${fieldLines(fields)}\r\n${body}`
}

/** Made once: whoever sends no requests may do so by the thousand. */
const refusalTexts = Object.fromEntries(
  Object.keys(gatewayErrors).map((name) => [
    name,
    makeRefusalText(name as GatewayErrorName, undefined)
  ])
) as Record<GatewayErrorName, string>
