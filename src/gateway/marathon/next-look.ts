import type { App, Task } from '../model/app.ts'

/** Readiness results have no events of their own (marathon-api §11), ms. */
export const READINESS_POLL_MS = 1000
/** So that a look comes after the moment it waits for, ms. */
const MARGIN_MS = 50

/**
 * When to read again although nothing happens: while readiness is being checked, and at the moment
 * a task without health results stops being too young to say anything.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds from now; undefined: no need
 */
export function nextLookMs(apps: readonly App[], now: number): number | undefined {
  let nextMs = Number.POSITIVE_INFINITY
  for (const app of apps) {
    if (awaitsReadiness(app)) return READINESS_POLL_MS
    if (app.healthChecks === 0) continue
    for (const task of app.tasks) {
      const leftMs = graceLeftMs(app, task, now)
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs + MARGIN_MS)
    }
  }
  return Number.isFinite(nextMs) ? nextMs : undefined
}

/** Marathon is checking the readiness of its new tasks now. */
export function awaitsReadiness(app: App): boolean {
  return app.deploying && app.readinessCheck !== undefined
}

function graceLeftMs(app: App, task: Task, now: number): number {
  if (task.state !== 'TASK_RUNNING' || task.startedAt === undefined) return 0
  if (task.health.some((result) => result.reported)) return 0
  return task.startedAt + app.healthGraceMs - now
}
