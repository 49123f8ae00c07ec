import { durationUpTo, listOf, type Parsed, quote, right, wrong } from './label-values.ts'
import type { ServiceEjection } from './route.ts'

export const LARGEST_EJECTION = 1000
/** Longest slow start, ms. */
export const LONGEST_START_MS = 3_600_000
const LONGEST_HOLD_MS = 600_000
export const MOST_STATUSES = 20

/** Failures in a row; `none` is 0. */
export function parseEjection(raw: string): Parsed<number> {
  const word = raw.trim()
  const count = word === 'none' ? 0 : Number(/^[1-9]\d{0,3}$/.exec(word)?.[0])
  return count <= LARGEST_EJECTION
    ? right(count)
    : wrong(`expected a whole number from 1 to ${LARGEST_EJECTION} or none, not ${quote(raw)}`)
}

export function parseStatuses(raw: string): Parsed<readonly number[]> {
  const words = raw.trim() === 'none' ? [] : listOf(raw)
  const isRight = words.every((word) => /^5\d\d$/.test(word)) && words.length <= MOST_STATUSES
  return isRight && (words.length > 0 || raw.trim() === 'none')
    ? right([...new Set(words.map(Number))])
    : wrong(`expected statuses such as 502, 503, or none, not ${quote(raw)}`)
}

export function parseSlowStart(raw: string): Parsed<number> {
  return raw.trim() === 'none' ? right(0) : durationUpTo(LONGEST_START_MS)(raw)
}

export function parseHold(raw: string): Parsed<number> {
  return raw.trim() === 'none' ? right(0) : durationUpTo(LONGEST_HOLD_MS)(raw)
}

/** What labels say of it; undefined when they say nothing. */
export function ejectionOf(
  after: number | undefined,
  statuses: readonly number[] | undefined
): ServiceEjection | undefined {
  if (after === undefined && statuses === undefined) return undefined
  return { ...(after !== undefined && { after }), ...(statuses !== undefined && { statuses }) }
}
