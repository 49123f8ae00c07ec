import {
  type AppRecord,
  type AppVersion,
  type Cluster,
  type LocalTask,
  liveTasks
} from './cluster.ts'
import type { AppDefinition } from './definition.ts'
import { adoptTask } from './task-life.ts'

/** A running task, as the next server of the cluster needs to know it. */
export interface SavedTask {
  readonly id: string
  readonly instanceId: string
  readonly definition: AppDefinition
  readonly version: string
  readonly configVersion: string
  readonly stagedAt: string
  readonly startedAt?: string
  readonly host: string
  readonly ports: readonly number[]
  readonly ip?: string
}

export interface SavedApp extends Readonly<AppVersion> {
  readonly tasks: readonly SavedTask[]
}

/** What outlives a server: plain data, fit for JSON. Older versions of apps are not kept. */
export interface SavedState {
  readonly apps: readonly SavedApp[]
}

/** The state of a cluster without what is in the air: tasks that do not run yet, or no longer. */
export function savedState({ apps }: Pick<Cluster, 'apps'>): SavedState {
  return { apps: [...apps.values()].map(savedApp) }
}

function savedApp(app: AppRecord): SavedApp {
  const { definition, version, lastScalingAt, lastConfigChangeAt } = app
  const running = liveTasks(app).filter((task) => task.state === 'TASK_RUNNING')
  return {
    definition,
    version,
    lastScalingAt,
    lastConfigChangeAt,
    tasks: running.flatMap((task) => savedTask(task))
  }
}

function savedTask(task: LocalTask): SavedTask[] {
  const { id, instanceId, definition, version, configVersion, stagedAt, startedAt, ip } = task
  if (task.placement === undefined) return []
  const { host, ports } = task.placement
  return [
    {
      id,
      instanceId,
      definition,
      version,
      configVersion,
      stagedAt,
      ...(startedAt === undefined ? {} : { startedAt }),
      host,
      ports,
      ...(ip === undefined ? {} : { ip })
    }
  ]
}

/** Puts saved apps into a new cluster; tasks that cannot be taken over are launched anew. */
export function restoreState(cluster: Cluster, { apps }: SavedState): void {
  for (const { tasks, ...version } of apps) {
    const { definition } = version
    const app: AppRecord = {
      ...version,
      history: new Map([[version.version, definition]]),
      tasks: new Map(),
      target: definition.instances
    }
    cluster.apps.set(definition.id, app)
    for (const task of tasks) adoptTask(cluster, app, localTask(task))
  }
  cluster.touch()
}

function localTask({ host, ports, ...saved }: SavedTask): LocalTask {
  return {
    ...saved,
    state: 'TASK_RUNNING',
    placement: { host, ports, release: () => undefined },
    killing: false,
    health: [],
    ended: new AbortController()
  }
}
