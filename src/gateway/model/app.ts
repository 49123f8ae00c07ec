/**
 * Apps and tasks as every source delivers them: checked, bounded, free of API generations.
 * `gateway/marathon` is the only place that turns Marathon's JSON into these.
 */

/** Where a task's ports live: on its agent (`host`, `bridge`) or at an address of its own. */
export type NetworkMode = 'host' | 'bridge' | 'container'

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_UNREACHABLE'
  | 'TASK_FINISHED'
  | 'TASK_FAILED'
  | 'TASK_KILLED'
  | 'TASK_ERROR'
  | 'TASK_GONE'
  | 'TASK_DROPPED'
  | 'TASK_LOST'
  | 'TASK_UNKNOWN'

/** One port of an app's definition, in index order. */
export interface AppPort {
  readonly name?: string
  readonly protocol: 'tcp' | 'udp' | 'udp,tcp'
  /** Port inside the container; absent in host mode. */
  readonly containerPort?: number
  /** Takes an entry of `Task.ports`. Always true in host and bridge mode. */
  readonly hasHostPort: boolean
  /** Marathon's service port, when it has one. */
  readonly servicePort?: number
  /** Marathon itself asks the port's health by HTTP (protocol `HTTP`). */
  readonly httpCheck?: true
  /** Labels of the port definition or port mapping. */
  readonly labels: ReadonlyMap<string, string>
}

/** One result of one Marathon health check. */
export interface HealthResult {
  readonly alive: boolean
  readonly consecutiveFailures: number
  /** A success or a failure was ever seen: without it `alive: false` means unknown. */
  readonly reported: boolean
}

export interface Task {
  readonly id: string
  /** Agent host name or address as registered; absent while the task has no agent. */
  readonly host?: string
  /** Host ports, one for each port of the app that has a host port; 0 leads nowhere. */
  readonly ports: readonly number[]
  /** The task's own addresses; meaningful in container mode only. */
  readonly ipAddresses: readonly string[]
  /** Absent in Marathon before 1.1.2. */
  readonly state?: TaskState
  /** Milliseconds since 1970. */
  readonly startedAt?: number
  /** Version of the app definition that the task runs. */
  readonly version?: string
  readonly health: readonly HealthResult[]
  /** Ports of the older version it runs, when the app has other ports now; counts in place of the app's. */
  readonly definition?: { readonly networkMode: NetworkMode; readonly ports: readonly AppPort[] }
  /** Its source has not named it in this run of the gateway, or names it no longer: it may be gone. */
  readonly unproven?: true
}

export interface App {
  /** Absolute id, `/shop/api`. */
  readonly id: string
  readonly labels: ReadonlyMap<string, string>
  readonly instances: number
  readonly version?: string
  /** When the definition changed other than in scale, ms since 1970; absent when Marathon doesn't say. */
  readonly configChangedAt?: number
  readonly networkMode: NetworkMode
  readonly ports: readonly AppPort[]
  readonly healthChecks: number
  /** Grace period plus interval of the slowest health check, ms: how long results may be missing. */
  readonly healthGraceMs: number
  readonly readinessCheck?: { readonly intervalMs: number; readonly timeoutMs: number }
  /** Readiness results by task id; filled during deployments only. */
  readonly readiness: ReadonlyMap<string, boolean>
  readonly deploying: boolean
  /** SIGTERM to SIGKILL, ms. */
  readonly killGraceMs?: number
  readonly tasks: readonly Task[]
}
