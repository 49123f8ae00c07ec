import type { App } from '../model/app.ts'

/** Readiness results have no events of their own (marathon-api §11), ms. */
export const READINESS_POLL_MS = 1000
/** So that a look comes after the moment it waits for, ms. */
const MARGIN_MS = 50

/** When to read again although nothing happens. Remembers what it looked at: apps never change. */
export interface Looks {
  /** Looks at an app that will soon be one of many. */
  note(app: App): void
  /**
   * While readiness is being checked, and at the moment a task without health results stops being too
   * young to say anything.
   *
   * @param now milliseconds since 1970
   * @returns milliseconds from now; undefined: no need
   */
  nextMs(apps: readonly App[], now: number): number | undefined
}

export function createLooks(): Looks {
  /** The latest first; those that are over are taken away. */
  const endsOf = new WeakMap<App, number[]>()

  function ends(app: App): number[] {
    const known = endsOf.get(app)
    if (known !== undefined) return known
    const all = graceEnds(app)
    endsOf.set(app, all)
    return all
  }

  return {
    note: (app) => void ends(app),
    nextMs(apps, now) {
      let nextMs = Number.POSITIVE_INFINITY
      for (const app of apps) {
        if (awaitsReadiness(app)) return READINESS_POLL_MS
        const end = firstAfter(ends(app), now)
        if (end !== undefined) nextMs = Math.min(nextMs, end - now + MARGIN_MS)
      }
      return Number.isFinite(nextMs) ? nextMs : undefined
    }
  }
}

/** Marathon is checking the readiness of its new tasks now. */
export function awaitsReadiness(app: App): boolean {
  return app.deploying && app.readinessCheck !== undefined
}

/** @param moments the latest first; those that are over are taken away */
function firstAfter(moments: number[], now: number): number | undefined {
  for (let last = moments.at(-1); last !== undefined; last = moments.at(-1)) {
    if (last > now) return last
    moments.pop()
  }
  return undefined
}

const NONE: number[] = []

/** Moments at which tasks without health results stop being young, the latest first, ms since 1970. */
function graceEnds({ healthChecks, healthGraceMs, tasks }: App): number[] {
  if (healthChecks === 0) return NONE
  const ends = new Set<number>()
  for (const { state, startedAt, health } of tasks) {
    if (state !== 'TASK_RUNNING' || startedAt === undefined) continue
    if (!health.some((result) => result.reported)) ends.add(startedAt + healthGraceMs)
  }
  return ends.size === 0 ? NONE : [...ends].sort((a, b) => b - a)
}

/** @param one undefined: never */
export function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.min(one, other)
}
