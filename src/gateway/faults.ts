import { randomBytes } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Stats } from './processes.ts'

/** Where a fault happened; a fixed set, so that counts by it are bounded. */
export type FaultPlace =
  | 'admin'
  | 'change'
  | 'compilation'
  | 'observer'
  | 'picker'
  | 'plane'
  | 'process'
  | 'publication'
  | 'request'
  | 'source'
  | 'stats'

/** What is known of a fault beside the error itself, for the log. */
export interface FaultFacts {
  /** The plugin that noticed. */
  readonly plugin?: string
  /** Name of the plugin's part that failed. */
  readonly part?: string
  /** Target of the request. */
  readonly target?: string
}

/**
 * What went wrong inside the gateway and was outlived: logged with an id, which the client of a failed
 * request gets too, and counted by place.
 */
export interface Faults {
  /** Never throws. @returns the id in the log */
  note(where: FaultPlace, error: unknown, facts?: FaultFacts): string
  /** How many there were, by place. */
  readonly counts: Stats
}

/** A fault that happens with every request must not fill the disk. */
const LINES_PER_MINUTE = 20
const MINUTE_MS = 60_000
const ID_BYTES = 4

export interface FaultTools {
  readonly log: FastifyBaseLogger
  /** Milliseconds since 1970. */
  now(): number
}

export function createFaults({ log, now }: FaultTools): Faults {
  const counts = new Map<FaultPlace, number>()
  const lines = new Map<FaultPlace, { since: number; written: number; left: number }>()

  /** @returns how many of this place were not written since the last that was; undefined: not now */
  function turn(where: FaultPlace): number | undefined {
    const at = now()
    const known = lines.get(where)
    if (known !== undefined && at - known.since < MINUTE_MS) {
      if (known.written++ < LINES_PER_MINUTE) return 0
      known.left++
      return undefined
    }
    lines.set(where, { since: at, written: 1, left: 0 })
    return known?.left ?? 0
  }

  return {
    note(where, error, facts) {
      const id = randomBytes(ID_BYTES).toString('hex')
      counts.set(where, (counts.get(where) ?? 0) + 1)
      const unwritten = turn(where)
      if (unwritten === undefined) return id
      const more = unwritten > 0 ? { unwritten } : {}
      // Nothing may come of saying that something failed.
      try {
        log.error({ err: error, fault: id, where, ...facts, ...more }, sentenceOf(where))
      } catch {}
      return id
    },
    get counts() {
      return Object.fromEntries(counts)
    }
  }
}

function sentenceOf(where: FaultPlace): string {
  if (where === 'request') return 'a request failed inside the gateway'
  if (where === 'process') return 'something failed inside the gateway, and it goes on'
  if (where === 'picker') return 'a picker failed; round robin chooses instead'
  return `${where} failed`
}

/** A plugin's failure is its own, whether it throws or rejects: it is noted, and the others go on. */
export function contain(
  faults: Faults,
  where: FaultPlace,
  act: () => unknown,
  facts?: FaultFacts
): void {
  try {
    const result = act()
    if (isThenable(result)) result.then(undefined, (error) => faults.note(where, error, facts))
  } catch (error) {
    faults.note(where, error, facts)
  }
}

/** What an asynchronous function gave where a plain one was meant. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
  )
}
