import type { AppDefinition } from './definition.ts'

/** Where a task lives: its host, and one host port per wanted port. */
export interface Placement {
  readonly host: string
  readonly ports: readonly number[]
  /** Gives address and ports back; called once, after the end. */
  release(): void
}

export interface LaunchSpec {
  readonly taskId: string
  readonly instanceId: string
  readonly definition: AppDefinition
  readonly version: string
}

export interface TaskEnd {
  readonly state: 'TASK_FINISHED' | 'TASK_FAILED'
  readonly message: string
}

export interface RunCallbacks {
  /** The task runs; `ip` when it has an address of its own. */
  running(ip?: string): void
  /** The task has ended; called exactly once, also after `kill`. */
  ended(end: TaskEnd): void
}

/** A task that was started. */
export interface RunningTask {
  /** SIGTERM, and SIGKILL after the grace period. A second call changes nothing. */
  kill(graceMs: number): void
  /** Runs a command beside the task, as a COMMAND check does; its exit status. */
  exec(command: string, timeoutMs: number): Promise<number>
  /** True when no real work runs, so that probes would ask a void. */
  readonly simulated: boolean
}

/** Runs tasks in one way: as processes, in containers, or only on paper. */
export interface TaskRunner {
  place(spec: LaunchSpec): Promise<Placement>
  start(spec: LaunchSpec, placement: Placement, on: RunCallbacks): RunningTask
  /**
   * Takes over a task that another server started and that was last known to run; `running` is not
   * called for it. Absent where tasks end with their server.
   */
  adopt?(spec: LaunchSpec, placement: Placement, on: RunCallbacks): RunningTask
}
