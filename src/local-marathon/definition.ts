/** Marathon's app definition in the form of 1.5 and later; older input is translated on arrival. */
export interface AppDefinition {
  readonly id: string
  readonly cmd?: string
  readonly args?: readonly string[]
  /** Values may be objects such as `{ secret: 'x' }`; only strings reach a task. */
  readonly env: Readonly<Record<string, unknown>>
  readonly labels: Readonly<Record<string, string>>
  readonly instances: number
  readonly networks: readonly Network[]
  /** Host mode only. */
  readonly portDefinitions?: readonly PortDefinition[]
  readonly requirePorts: boolean
  readonly container?: Container
  readonly healthChecks: readonly HealthCheck[]
  readonly readinessChecks: readonly ReadinessCheck[]
  readonly upgradeStrategy: UpgradeStrategy
  readonly backoffSeconds: number
  readonly backoffFactor: number
  readonly maxLaunchDelaySeconds: number
  readonly taskKillGracePeriodSeconds?: number
  readonly killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST'
}

export interface Network {
  readonly mode: 'host' | 'container/bridge' | 'container'
  readonly name?: string
}

export interface PortDefinition {
  readonly port: number
  readonly protocol: string
  readonly name?: string
  readonly labels: Readonly<Record<string, string>>
}

export interface PortMapping {
  readonly containerPort: number
  readonly hostPort?: number
  readonly servicePort: number
  readonly protocol: string
  readonly name?: string
  readonly labels: Readonly<Record<string, string>>
}

export interface Container {
  readonly type: 'DOCKER' | 'MESOS'
  readonly volumes: readonly unknown[]
  readonly docker?: { readonly image: string } & Readonly<Record<string, unknown>>
  readonly portMappings?: readonly PortMapping[]
}

export interface HealthCheck {
  readonly protocol: string
  readonly path?: string
  readonly port?: number
  readonly portIndex?: number
  readonly command?: { readonly value: string }
  readonly gracePeriodSeconds: number
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly maxConsecutiveFailures: number
}

export interface ReadinessCheck {
  readonly name: string
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly path: string
  readonly portName: string
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly httpStatusCodesForReady: readonly number[]
  readonly preserveLastResponse: boolean
}

export interface UpgradeStrategy {
  readonly minimumHealthCapacity: number
  readonly maximumOverCapacity: number
}

/** How a task of this app meets the network: Marathon's three modes. */
export function networkMode(definition: AppDefinition): 'host' | 'bridge' | 'container' {
  const mode = definition.networks[0]?.mode ?? 'host'
  return mode === 'container/bridge' ? 'bridge' : mode
}

/** One port that a task of this app asks its agent for. */
export interface WantedPort {
  /** 0 = any free one. */
  readonly hostPort: number
  readonly containerPort?: number
  readonly name?: string
}

/**
 * The host ports a task gets, in the order of `task.ports`: mappings without `hostPort` in container
 * mode take none (Marathon: core/task/state/NetworkInfo.scala).
 */
export function wantedPorts(definition: AppDefinition): WantedPort[] {
  const mode = networkMode(definition)
  if (mode === 'host') {
    return (definition.portDefinitions ?? []).map((port) => ({
      hostPort: definition.requirePorts ? port.port : 0,
      ...(port.name === undefined ? {} : { name: port.name })
    }))
  }
  return (definition.container?.portMappings ?? [])
    .filter((mapping) => mode === 'bridge' || mapping.hostPort !== undefined)
    .map((mapping) => ({
      hostPort: mapping.hostPort ?? 0,
      containerPort: mapping.containerPort,
      ...(mapping.name === undefined ? {} : { name: mapping.name })
    }))
}

/** Names of all ports by port index, for checks that name one. */
export function portNames(definition: AppDefinition): (string | undefined)[] {
  const ports =
    networkMode(definition) === 'host'
      ? definition.portDefinitions
      : definition.container?.portMappings
  return (ports ?? []).map((port) => port.name)
}

/** Service ports by port index. */
export function servicePorts(definition: AppDefinition): number[] {
  if (networkMode(definition) === 'host') {
    return (definition.portDefinitions ?? []).map((port) => port.port)
  }
  return (definition.container?.portMappings ?? []).map((mapping) => mapping.servicePort)
}
