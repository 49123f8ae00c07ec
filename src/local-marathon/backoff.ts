import type { AppRecord, Cluster } from './cluster.ts'

/** A task that lived this long before it failed starts the back-off afresh. */
const STABLE_MS = 60_000

/** Makes the next launch wait: backoffSeconds, then longer by backoffFactor, up to maxLaunchDelaySeconds. */
export function noteFailure(cluster: Cluster, app: AppRecord): void {
  const { backoffSeconds, backoffFactor, maxLaunchDelaySeconds } = app.definition
  const now = Date.now()
  const { backoff } = app
  const fresh = backoff === undefined || now - backoff.until > Math.max(STABLE_MS, backoff.delayMs)
  const firstMs = cluster.settings.restartBackoffMs ?? backoffSeconds * 1000
  const nextMs = fresh ? firstMs : Math.max(firstMs, backoff.delayMs * backoffFactor)
  const delayMs = Math.min(nextMs, maxLaunchDelaySeconds * 1000)
  app.backoff = { delayMs, until: now + delayMs }
}

/** Milliseconds until a task of this app may be launched; 0 = now. */
export function launchDelayMs(app: AppRecord): number {
  return Math.max(0, (app.backoff?.until ?? 0) - Date.now())
}
