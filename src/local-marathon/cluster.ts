import { randomUUID } from 'node:crypto'
import type { AppDefinition } from './definition.ts'
import { EventBus } from './event-bus.ts'
import type { Placement, RunningTask, TaskRunner } from './task-runner.ts'

/** The made-up agent that every local task runs on. */
export const AGENT_ID = '00000000-0000-0000-0000-000000000000-S0'

export type ApiVersion = '1.4' | '1.5' | '1.8'

export type TaskState = 'TASK_STAGING' | 'TASK_STARTING' | 'TASK_RUNNING' | 'TASK_KILLING'

/** What a health check has found so far; absent until it has reported once. */
export interface HealthResult {
  readonly alive: boolean
  readonly consecutiveFailures: number
  readonly firstSuccess?: string
  readonly lastSuccess?: string
  readonly lastFailure?: string
  readonly lastFailureCause?: string
}

export interface ReadinessResult {
  readonly name: string
  readonly ready: boolean
  readonly lastResponse?: {
    readonly status: number
    readonly contentType: string
    readonly body: string
  }
}

/** One running copy of an app. Changes in place: it is the state of the cluster. */
export interface LocalTask {
  readonly id: string
  readonly instanceId: string
  readonly definition: AppDefinition
  readonly version: string
  /** The app's `lastConfigChangeAt` when it was launched. */
  readonly configVersion: string
  state: TaskState
  /** Absent until an address is found; such a task is shown nowhere. */
  placement?: Placement
  stagedAt: string
  startedAt?: string
  ip?: string
  /** True once it must end, whatever its state says. */
  killing: boolean
  /** By index of the check. */
  health: (HealthResult | undefined)[]
  readiness?: ReadinessResult
  run?: RunningTask
  /** Aborted when the task ends: stops its checks. */
  readonly ended: AbortController
}

/** A definition and the moments that Marathon keeps with it. */
export interface AppVersion {
  definition: AppDefinition
  version: string
  lastScalingAt: string
  lastConfigChangeAt: string
}

export interface AppRecord extends AppVersion {
  /** Every definition this app had, by version. */
  readonly history: Map<string, AppDefinition>
  readonly tasks: Map<string, LocalTask>
  /** How many tasks the supervisor keeps alive, of whatever version. */
  target: number
  backoff?: { readonly delayMs: number; readonly until: number }
  lastTaskFailure?: Readonly<Record<string, unknown>>
  queuedSince?: string
}

export interface Action {
  readonly action:
    | 'StartApplication'
    | 'StopApplication'
    | 'ScaleApplication'
    | 'RestartApplication'
  readonly app: string
}

export interface Deployment {
  readonly id: string
  readonly version: string
  readonly startedAt: string
  readonly steps: readonly (readonly Action[])[]
  /** Index of the step that runs. */
  step: number
  readonly apps: readonly string[]
  /** What a rollback restores; undefined where the app was new. */
  readonly before: ReadonlyMap<string, AppVersion | undefined>
  readonly abort: AbortController
}

export interface ClusterSettings {
  readonly apiVersion: ApiVersion
  /** May change while the cluster runs. */
  taskKilling: boolean
  /** Used where a definition does not say `backoffSeconds`. Milliseconds. */
  readonly restartBackoffMs?: number
  readonly runnerFor: (definition: AppDefinition) => TaskRunner
  readonly log: (line: string) => void
}

/** What reads of the API need of a cluster; a frozen copy has the same shape. */
export interface ClusterView {
  readonly settings: ClusterSettings
  readonly apps: ReadonlyMap<string, AppRecord>
  readonly deployments: ReadonlyMap<string, Deployment>
}

/** The whole state of one cluster, in memory, shared by its nodes. */
export class Cluster {
  readonly settings: ClusterSettings
  readonly apps = new Map<string, AppRecord>()
  readonly deployments = new Map<string, Deployment>()
  readonly events: EventBus
  readonly frameworkId = `${randomUUID()}-0000`
  /** Aborted when the cluster ends: nothing is launched any more. */
  readonly closing = new AbortController()
  readonly #watchers = new Set<() => void>()
  #lastVersion = 0
  #lastServicePort = 9_999
  #touched = false

  constructor(settings: ClusterSettings) {
    this.settings = settings
    this.events = new EventBus(() => new Date())
  }

  /** A time stamp no earlier call has given: versions are compared as text. */
  nextVersion(): string {
    this.#lastVersion = Math.max(this.#lastVersion + 1, Date.now())
    return new Date(this.#lastVersion).toISOString()
  }

  /** A service port from 10000 up that no app holds. */
  nextServicePort(): number {
    this.#lastServicePort = this.#lastServicePort >= 20_000 ? 10_000 : this.#lastServicePort + 1
    return this.#lastServicePort
  }

  /** Says that state has changed; watchers run once per turn of the event loop. */
  touch(): void {
    if (this.#touched) return
    this.#touched = true
    setImmediate(() => {
      this.#touched = false
      for (const watcher of [...this.#watchers]) watcher()
    })
  }

  /** @returns ends the watch */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Waits until `reached` holds, asked again after each change; false when aborted before. */
  until(reached: () => boolean, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (result: boolean) => {
        stop()
        signal.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const onAbort = () => finish(false)
      const look = () => {
        if (signal.aborted) finish(false)
        else if (reached()) finish(true)
      }
      const stop = this.watch(look)
      signal.addEventListener('abort', onAbort)
      look()
    })
  }
}

/** A copy that later changes leave alone. */
export function frozenView({ settings, apps, deployments }: Cluster): ClusterView {
  const copyTasks = ({ tasks }: AppRecord) =>
    new Map([...tasks].map(([id, task]) => [id, { ...task, health: [...task.health] }]))
  return {
    settings,
    apps: new Map([...apps].map(([id, app]) => [id, { ...app, tasks: copyTasks(app) }])),
    deployments: new Map(deployments)
  }
}

/** Tasks that count: neither ended nor being killed. */
export function liveTasks(app: AppRecord): LocalTask[] {
  return [...app.tasks.values()].filter((task) => !task.killing)
}

/** Runs, and every health check has last been passed. */
export function isHealthy(task: LocalTask): boolean {
  if (task.state !== 'TASK_RUNNING') return false
  return task.definition.healthChecks.every((_, index) => task.health[index]?.alive === true)
}

/** Runs a definition that is no longer the app's. */
export function isOutdated(task: LocalTask, app: AppRecord): boolean {
  return task.configVersion !== app.lastConfigChangeAt
}
