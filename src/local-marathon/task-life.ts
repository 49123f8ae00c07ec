import { randomUUID } from 'node:crypto'
import { noteFailure } from './backoff.ts'
import {
  AGENT_ID,
  type AppRecord,
  type Cluster,
  type LocalTask,
  type TaskState
} from './cluster.ts'
import { startHealthChecks } from './health-checks.ts'
import type { TaskEnd } from './task-runner.ts'

const CONDITIONS: Readonly<Record<string, string>> = {
  TASK_STAGING: 'Staging',
  TASK_STARTING: 'Starting',
  TASK_RUNNING: 'Running',
  TASK_KILLING: 'Killing',
  TASK_KILLED: 'Killed',
  TASK_FAILED: 'Failed',
  TASK_FINISHED: 'Finished'
}

function newTask(cluster: Cluster, app: AppRecord): LocalTask {
  const path = app.definition.id.slice(1).replaceAll('/', '_')
  const uuid = randomUUID()
  const modern = cluster.settings.apiVersion === '1.8'
  const instanceId = `${path}.${modern ? 'instance' : 'marathon'}-${uuid}`
  return {
    id: modern ? `${instanceId}._app.1` : `${path}.${uuid}`,
    instanceId,
    definition: app.definition,
    version: app.version,
    configVersion: app.lastConfigChangeAt,
    state: 'TASK_STAGING',
    stagedAt: new Date().toISOString(),
    killing: false,
    health: [],
    ended: new AbortController()
  }
}

function publishInstance(cluster: Cluster, task: LocalTask, condition: string): void {
  cluster.events.publish('instance_changed_event', {
    instanceId: task.instanceId,
    condition,
    runSpecId: task.definition.id,
    agentId: task.placement ? AGENT_ID : null,
    host: task.placement?.host ?? null,
    runSpecVersion: task.version
  })
}

function publishStatus(cluster: Cluster, task: LocalTask, status: string, message = ''): void {
  cluster.events.publish('status_update_event', {
    slaveId: AGENT_ID,
    taskId: task.id,
    taskStatus: status,
    message,
    appId: task.definition.id,
    host: task.placement?.host ?? '',
    ipAddresses: ipAddressesOf(task),
    ports: task.placement?.ports ?? [],
    version: task.version
  })
  publishInstance(cluster, task, CONDITIONS[status] ?? 'Unknown')
}

/** The task's addresses as Mesos reports them: the container's own, else the agent's. */
export function ipAddressesOf(task: LocalTask): { ipAddress: string; protocol: string }[] {
  const ip = task.ip ?? task.placement?.host
  return ip === undefined ? [] : [{ ipAddress: ip, protocol: 'IPv4' }]
}

function setState(cluster: Cluster, task: LocalTask, state: TaskState): void {
  task.state = state
  if (state === 'TASK_RUNNING') task.startedAt = new Date().toISOString()
  cluster.touch()
  publishStatus(cluster, task, state)
}

/** Launches one more task of the app; never throws, a failed launch is a failed task. */
export async function launchTask(cluster: Cluster, app: AppRecord): Promise<void> {
  const task = newTask(cluster, app)
  app.tasks.set(task.id, task)
  publishInstance(cluster, task, 'Scheduled')
  const runner = cluster.settings.runnerFor(task.definition)
  const spec = { ...task, taskId: task.id }
  try {
    const placement = await runner.place(spec)
    task.placement = placement
    if (task.killing) return endTask(cluster, app, task)
    task.stagedAt = new Date().toISOString()
    publishInstance(cluster, task, 'Provisioned')
    setState(cluster, task, 'TASK_STAGING')
    task.run = runner.start(spec, placement, {
      running: (ip) => {
        if (task.killing) return
        if (ip !== undefined) task.ip = ip
        setState(cluster, task, 'TASK_RUNNING')
        startHealthChecks(cluster, task, killTask)
      },
      ended: (end) => endTask(cluster, app, task, end)
    })
    setState(cluster, task, 'TASK_STARTING')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    endTask(cluster, app, task, { state: 'TASK_FAILED', message })
  }
}

/**
 * Goes on with a task that runs since before this server; its health is unknown until checks ran.
 *
 * @returns false when the runner cannot take tasks over
 */
export function adoptTask(cluster: Cluster, app: AppRecord, task: LocalTask): boolean {
  const runner = cluster.settings.runnerFor(task.definition)
  if (runner.adopt === undefined || task.placement === undefined) return false
  app.tasks.set(task.id, task)
  task.run = runner.adopt({ ...task, taskId: task.id }, task.placement, {
    running: () => undefined,
    ended: (end) => endTask(cluster, app, task, end)
  })
  startHealthChecks(cluster, task, killTask)
  return true
}

/** Begins the end of a task: TASK_KILLING where that is on, SIGTERM, SIGKILL after the grace period. */
export function killTask(cluster: Cluster, task: LocalTask): void {
  if (task.killing) return
  task.killing = true
  cluster.touch()
  // Not started yet: the launch sees the mark and ends it.
  if (task.run === undefined) return
  if (cluster.settings.taskKilling) setState(cluster, task, 'TASK_KILLING')
  task.run.kill((task.definition.taskKillGracePeriodSeconds ?? 3) * 1000)
}

function endTask(cluster: Cluster, app: AppRecord, task: LocalTask, end?: TaskEnd): void {
  if (!app.tasks.delete(task.id)) return
  task.ended.abort()
  task.placement?.release()
  const status = task.killing ? 'TASK_KILLED' : (end?.state ?? 'TASK_FAILED')
  const message = end?.message ?? ''
  if (!task.killing) {
    noteFailure(cluster, app)
    if (status === 'TASK_FAILED') app.lastTaskFailure = failureOf(task, status, message)
    cluster.settings.log(`${task.id} ${status}: ${message}`)
  }
  cluster.touch()
  publishStatus(cluster, task, status, message)
}

function failureOf(task: LocalTask, state: string, message: string) {
  return {
    appId: task.definition.id,
    host: task.placement?.host ?? '',
    message,
    state,
    taskId: task.id,
    timestamp: new Date().toISOString(),
    version: task.version,
    slaveId: AGENT_ID
  }
}
