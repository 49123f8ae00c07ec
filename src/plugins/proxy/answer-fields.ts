import { rewriteLocation } from '../../gateway/model/rewrite.ts'
import type { Route } from '../../gateway/model/route.ts'

const HSTS = 'Strict-Transport-Security'

/**
 * Changes the fields of a task's answer, flat, as its route says.
 * @param secure the client uses TLS: only then `Strict-Transport-Security` is sent (RFC 6797 §7.2)
 */
export function answerFields(
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

/** No body follows this answer, whatever its fields say (RFC 9110 §6.4.1). */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}
