import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** What became of one request. */
export interface Ended {
  /** From the moment it was due to the last byte of its answer. */
  readonly ms: number
  readonly status: number
  /** The task that answered, as far as it said. */
  readonly task?: string | undefined
  /** Code of an error answer, or of a connection that failed. */
  readonly code?: string | undefined
}

export interface Bucket {
  /** Undefined: everything above. */
  readonly upToMs: number | undefined
  readonly count: number
}

/** Figures of a load test. */
export interface Tallied {
  readonly answers: number
  readonly failures: number
  readonly byStatus: ReadonlyMap<string, number>
  readonly byTask: ReadonlyMap<string, number>
  readonly byCode: ReadonlyMap<string, number>
  readonly buckets: readonly Bucket[]
  readonly percentilesMs: Readonly<Record<string, number>>
}

/** Counts ended requests. */
export interface Tally {
  add(ended: Ended): void
  read(): Tallied
}

const BOUNDS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
const PERCENTILES = [50, 90, 99, 99.9, 100]
/** What foreign answers can make of a map is bounded. */
const MOST_NAMES = 1000
const REST = '(others)'

export function createTally(): Tally {
  const histogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 })
  const counts = new Array<number>(BOUNDS_MS.length + 1).fill(0)
  const byStatus = new Map<string, number>()
  const byTask = new Map<string, number>()
  const byCode = new Map<string, number>()
  let answers = 0
  let failures = 0
  return {
    add({ ms, status, task, code }) {
      if (status === 0) failures++
      else answers++
      if (status !== 0) count(byStatus, String(status))
      if (task !== undefined) count(byTask, task)
      if (code !== undefined) count(byCode, code)
      histogram.record(Math.max(1, Math.round(ms * 1000)))
      const at = BOUNDS_MS.findIndex((bound) => ms <= bound)
      const bucket = at < 0 ? BOUNDS_MS.length : at
      counts[bucket] = (counts[bucket] ?? 0) + 1
    },
    read: () => ({
      answers,
      failures,
      byStatus,
      byTask,
      byCode,
      buckets: counts.map((number, at) => ({ upToMs: BOUNDS_MS[at], count: number })),
      percentilesMs: percentilesOf(histogram)
    })
  }
}

function percentilesOf(histogram: RecordableHistogram): Record<string, number> {
  return Object.fromEntries(
    PERCENTILES.map((percent) => [
      percent === 100 ? 'max' : `p${percent}`,
      histogram.count === 0 ? 0 : histogram.percentile(percent) / 1000
    ])
  )
}

function count(map: Map<string, number>, name: string): void {
  const key = map.has(name) || map.size < MOST_NAMES ? name : REST
  map.set(key, (map.get(key) ?? 0) + 1)
}
