/** What a framework asks an agent to start: the part of Mesos' TaskInfo that a container needs. */
export interface TaskOrder {
  readonly taskId: string
  readonly image: string
  readonly forcePull: boolean
  readonly network: 'host' | 'bridge'
  readonly ports: readonly { readonly host: number; readonly container: number }[]
  readonly env: Readonly<Record<string, string>>
  readonly command: readonly string[]
  /** Further words for `docker run`, such as `--volume=/a:/b:ro`. */
  readonly options: readonly string[]
}

export type Order =
  | { readonly launch: TaskOrder }
  | { readonly kill: string; readonly graceMs: number }

export interface TaskReport {
  readonly taskId: string
  readonly state: 'STAGING' | 'RUNNING' | 'ENDED'
  readonly ip?: string
  readonly hostPorts: readonly number[]
  readonly exitStatus?: number
  readonly message?: string
}

/** What an agent says of itself with each sign of life. */
export interface AgentReport {
  readonly hostname: string
  readonly port: number
  readonly portRanges: readonly (readonly [number, number])[]
  readonly attributes: string
  readonly tasks: readonly TaskReport[]
}

/** An agent as the leading master shows it to frameworks. */
export interface AgentView extends AgentReport {
  readonly id: string
  /** False once the agent has been silent for too long. */
  readonly reachable: boolean
}
