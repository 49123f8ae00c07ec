import { launchDelayMs } from './backoff.ts'
import { type AppRecord, type Cluster, liveTasks } from './cluster.ts'
import { launchTask } from './task-life.ts'

/**
 * Keeps every app at its target: launches what is missing, after the back-off. It never kills;
 * deployments do.
 *
 * @returns stops it
 */
export function startSupervisor(cluster: Cluster): () => void {
  const timers = new Map<AppRecord, NodeJS.Timeout>()
  const waitFor = (app: AppRecord, delayMs: number) => {
    if (timers.has(app)) return
    const timer = setTimeout(() => {
      timers.delete(app)
      cluster.touch()
    }, delayMs)
    timers.set(app, timer)
  }
  const look = () => {
    if (cluster.closing.signal.aborted) return
    for (const app of cluster.apps.values()) supervise(cluster, app, waitFor)
  }
  const stop = cluster.watch(look)
  return () => {
    stop()
    for (const timer of timers.values()) clearTimeout(timer)
  }
}

function supervise(
  cluster: Cluster,
  app: AppRecord,
  waitFor: (app: AppRecord, delayMs: number) => void
): void {
  const missing = app.target - liveTasks(app).length
  if (missing <= 0) {
    delete app.queuedSince
    return
  }
  app.queuedSince ??= new Date().toISOString()
  const delayMs = launchDelayMs(app)
  if (delayMs > 0) {
    waitFor(app, delayMs)
    return
  }
  for (let count = 0; count < missing; count += 1) void launchTask(cluster, app)
}
