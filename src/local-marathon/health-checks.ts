import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_ID, type Cluster, type HealthResult, type LocalTask } from './cluster.ts'
import type { HealthCheck } from './definition.ts'
import { probeHttp, probeTcp } from './probe.ts'
import { taskEndpoint } from './task-endpoint.ts'

/**
 * Pause between checks of a task that has not reported yet, shorter than Marathon's, which waits
 * the whole interval: a local process starts in a moment, and people wait for it.
 */
const STARTING_MS = 50

type Kill = (cluster: Cluster, task: LocalTask) => void

/** Starts the checks of a running task; they end with it. */
export function startHealthChecks(cluster: Cluster, task: LocalTask, kill: Kill): void {
  for (const [index, check] of task.definition.healthChecks.entries()) {
    void repeat(task, index, async () => {
      const cause = await faultOf(task, check).catch((error: Error) => error.message)
      if (!task.killing) apply({ cluster, task, index, check, kill }, cause)
    })
  }
}

async function repeat(task: LocalTask, index: number, once: () => Promise<void>) {
  const { signal } = task.ended
  const intervalMs = Math.max(
    10,
    (task.definition.healthChecks[index]?.intervalSeconds ?? 60) * 1000
  )
  while (!signal.aborted) {
    await once()
    const unheard = task.health[index] === undefined
    const pauseMs = unheard ? Math.min(intervalMs, STARTING_MS) : intervalMs
    // The only fault of this sleep is the end of the task.
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Why one check fails now; undefined when it passes. */
function faultOf(task: LocalTask, check: HealthCheck): Promise<string | undefined> {
  if (task.run?.simulated) return Promise.resolve(undefined)
  return check.protocol === 'COMMAND' ? commandFault(task, check) : networkFault(task, check)
}

async function commandFault(task: LocalTask, check: HealthCheck): Promise<string | undefined> {
  const command = check.command?.value ?? 'true'
  const status = (await task.run?.exec(command, check.timeoutSeconds * 1000)) ?? 1
  return status === 0 ? undefined : `Command exited with status ${status}`
}

async function networkFault(task: LocalTask, check: HealthCheck): Promise<string | undefined> {
  const timeoutMs = check.timeoutSeconds * 1000
  const endpoint = taskEndpoint(task, check.portIndex ?? 0)
  const host = endpoint?.host ?? task.placement?.host
  const port = check.port ?? endpoint?.port
  if (host === undefined || port === undefined) return 'the task has no such port'
  if (check.protocol.endsWith('TCP')) {
    return (await probeTcp(host, port, timeoutMs, task.ended.signal)).fault
  }
  const scheme = check.protocol.endsWith('HTTPS') ? 'https' : 'http'
  const path = (check.path ?? '/').replace(/^\/*/, '/')
  const url = new URL(`${scheme}://${host}:${port}${path}`)
  const { status = 0, fault } = await probeHttp(url, timeoutMs, task.ended.signal)
  return fault ?? (status >= 200 && status < 400 ? undefined : `${status}`)
}

interface Finding {
  readonly cluster: Cluster
  readonly task: LocalTask
  readonly index: number
  readonly check: HealthCheck
  readonly kill: Kill
}

function apply(finding: Finding, cause: string | undefined): void {
  const { cluster, task, index, check } = finding
  const before = task.health[index]
  const wasHealthy = aggregate(task)
  if (cause === undefined) task.health[index] = passed(before)
  else if (inGrace(task, check, before)) return
  else task.health[index] = failed(before, cause)
  const after = task.health[index]
  if (cause !== undefined) publishFailure(finding)
  if (before?.alive !== after?.alive) cluster.touch()
  publishFlips(finding, before?.alive, wasHealthy)
  if (cause !== undefined) killWhenHopeless(finding, cause)
}

function inGrace(task: LocalTask, check: HealthCheck, before: HealthResult | undefined): boolean {
  const since = Date.now() - Date.parse(task.startedAt ?? task.stagedAt)
  return before?.firstSuccess === undefined && since < check.gracePeriodSeconds * 1000
}

function passed(before: HealthResult | undefined): HealthResult {
  const now = new Date().toISOString()
  return { firstSuccess: now, ...before, alive: true, consecutiveFailures: 0, lastSuccess: now }
}

function failed(before: HealthResult | undefined, cause: string): HealthResult {
  return {
    ...before,
    alive: false,
    consecutiveFailures: (before?.consecutiveFailures ?? 0) + 1,
    lastFailure: new Date().toISOString(),
    lastFailureCause: cause
  }
}

/** Over all checks: true, false, or null while one has not reported. */
function aggregate(task: LocalTask): boolean | null {
  const alive = task.definition.healthChecks.map((_, index) => task.health[index]?.alive)
  if (alive.includes(false)) return false
  return alive.includes(undefined) ? null : true
}

const byMesos = (check: HealthCheck) =>
  check.protocol === 'COMMAND' || check.protocol.startsWith('MESOS_')

function publishFailure({ cluster, task, check }: Finding): void {
  if (byMesos(check)) return
  const modern = cluster.settings.apiVersion === '1.8'
  cluster.events.publish('failed_health_check_event', {
    appId: task.definition.id,
    healthCheck: check,
    [modern ? 'taskId' : 'instanceId']: task.instanceId
  })
}

function publishFlips(finding: Finding, wasAlive: boolean | undefined, was: boolean | null): void {
  const { cluster, task, index, check } = finding
  const alive = task.health[index]?.alive
  if (alive !== wasAlive && !byMesos(check)) {
    cluster.events.publish('health_status_changed_event', {
      appId: task.definition.id,
      instanceId: task.instanceId,
      version: task.version,
      alive
    })
  }
  const healthy = aggregate(task)
  if (healthy === was) return
  cluster.events.publish('instance_health_changed_event', {
    instanceId: task.instanceId,
    runSpecId: task.definition.id,
    healthy,
    runSpecVersion: task.version
  })
}

function killWhenHopeless({ cluster, task, index, check, kill }: Finding, cause: string) {
  const failures = task.health[index]?.consecutiveFailures ?? 0
  const limit = check.maxConsecutiveFailures
  if (limit === 0 || failures < limit) return
  cluster.events.publish('unhealthy_instance_kill_event', {
    appId: task.definition.id,
    taskId: task.id,
    instanceId: task.instanceId,
    version: task.version,
    reason: cause,
    host: task.placement?.host ?? '',
    slaveId: AGENT_ID
  })
  kill(cluster, task)
}
