import { rewriteLocation } from '../../gateway/model/rewrite.ts'
import type { Route } from '../../gateway/model/route.ts'

const HSTS = 'Strict-Transport-Security'

/**
 * Changes the fields of a task's answer, flat, as its route says.
 * @param secure the client uses TLS: only then `Strict-Transport-Security` is sent (RFC 6797 §7.2)
 */
function answerFields(
  headers: string[],
  { hsts, rewrite }: Pick<Route, 'hsts' | 'rewrite'>,
  secure: boolean
): string[] {
  const location = rewrite?.location
  if (hsts === undefined && location === undefined) return headers
  const fields: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    const lower = name.toLowerCase()
    if (hsts !== undefined && lower === 'strict-transport-security') continue
    const moved = location !== undefined && lower === 'location'
    fields.push(name, moved ? rewriteLocation(value, location) : value)
  }
  if (hsts !== undefined && secure) fields.push(HSTS, `max-age=${hsts}`)
  return fields
}

/** What is known of a task's answer besides its fields. */
export interface AnswerFacts {
  readonly method: string
  readonly status: number
  /** Bytes of the body that follow; -1 when unknown. */
  readonly length: number
  /** Value of its Content-Length, also where no body follows. */
  readonly contentLength: number | undefined
  readonly secure: boolean
  /** A Set-Cookie value of the gateway's own. */
  readonly cookie: string | undefined
}

/** The fields of a task's answer as the client gets them, flat; without what concerns its connection. */
export function clientFields(given: string[], route: Route, facts: AnswerFacts): string[] {
  const { method, status, length, contentLength, cookie } = facts
  const fields = answerFields(given, route, facts.secure)
  const shown = contentLength ?? (isBodiless(method, status) || length < 0 ? undefined : length)
  if (shown !== undefined) fields.push('Content-Length', `${shown}`)
  if (cookie !== undefined) fields.push('Set-Cookie', cookie)
  return fields
}

/** No body follows this answer, whatever its fields say (RFC 9110 §6.4.1). */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}
