import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Deployment, LocalTask, ReadinessResult } from './cluster.ts'
import type { ReadinessCheck } from './definition.ts'
import { probeHttp } from './probe.ts'
import { portIndexNamed, taskEndpoint } from './task-endpoint.ts'

/** Starts the readiness check of a task, once, if it has one; it ends with success, task or deployment. */
export function ensureReadiness(cluster: Cluster, deployment: Deployment, task: LocalTask): void {
  const check = task.definition.readinessChecks[0]
  if (check === undefined || task.state !== 'TASK_RUNNING') return
  if (task.readiness !== undefined) return
  task.readiness = { name: check.name, ready: task.run?.simulated === true }
  if (!task.readiness.ready) void poll(cluster, deployment, task, check)
}

async function poll(
  cluster: Cluster,
  deployment: Deployment,
  task: LocalTask,
  check: ReadinessCheck
): Promise<void> {
  const signal = AbortSignal.any([task.ended.signal, deployment.abort.signal])
  while (!signal.aborted) {
    task.readiness = await askOnce(task, check, signal)
    if (task.readiness.ready) {
      cluster.touch()
      return
    }
    const intervalMs = Math.max(10, check.intervalSeconds * 1000)
    // The only fault of this sleep is the end of task or deployment.
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined)
  }
}

async function askOnce(
  task: LocalTask,
  check: ReadinessCheck,
  signal: AbortSignal
): Promise<ReadinessResult> {
  const endpoint = taskEndpoint(task, portIndexNamed(task, check.portName))
  if (endpoint === undefined) return { name: check.name, ready: false }
  const scheme = check.protocol === 'HTTPS' ? 'https' : 'http'
  const path = check.path.replace(/^\/*/, '/')
  const url = new URL(`${scheme}://${endpoint.host}:${endpoint.port}${path}`)
  const answer = await probeHttp(url, check.timeoutSeconds * 1000, signal)
  const status = answer.status ?? 0
  const keep = check.preserveLastResponse && answer.status !== undefined
  return {
    name: check.name,
    ready: check.httpStatusCodesForReady.includes(status),
    ...(keep
      ? {
          lastResponse: {
            status,
            contentType: answer.contentType ?? '',
            body: answer.body ?? ''
          }
        }
      : {})
  }
}

/** Passed, not needed, or older than the deployment that would check it. */
export function isReady(deployment: Deployment, task: LocalTask): boolean {
  if (task.definition.readinessChecks.length === 0) return true
  return task.stagedAt < deployment.startedAt || task.readiness?.ready === true
}
