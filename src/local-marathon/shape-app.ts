import {
  type ApiVersion,
  type AppRecord,
  type ClusterView,
  type LocalTask,
  liveTasks
} from './cluster.ts'
import { type AppDefinition, networkMode, servicePorts } from './definition.ts'
import { shapeTask } from './shape-task.ts'

export type Embed =
  | 'tasks'
  | 'deployments'
  | 'counts'
  | 'readiness'
  | 'lastTaskFailure'
  | 'taskStats'

/** What an answer leaves out or changes on purpose; see Faults. */
export interface ContentFaults {
  readonly dropHealth: boolean
  readonly tasksMissing: boolean
  readonly portsEmpty: boolean
  readonly hostEmpty: boolean
  readonly ipAddressesMissing: boolean
}

/** Left out of answers while empty, as 1.5 and later do. */
const OMIT_EMPTY = [
  'env',
  'healthChecks',
  'readinessChecks',
  'fetch',
  'constraints',
  'dependencies'
]

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function shapeModern(definition: AppDefinition, apiVersion: ApiVersion): Record<string, unknown> {
  const seconds = apiVersion === '1.5' ? [300, 600] : [0, 0]
  const shaped: Record<string, unknown> = {
    unreachableStrategy: { inactiveAfterSeconds: seconds[0], expungeAfterSeconds: seconds[1] },
    ...definition
  }
  for (const key of OMIT_EMPTY) if (isEmpty(shaped[key])) delete shaped[key]
  return shaped
}

const LEGACY_NULLS = {
  cmd: null,
  args: null,
  user: null,
  uris: [],
  fetch: [],
  constraints: [],
  storeUrls: [],
  ipAddress: null,
  dependencies: [],
  residency: null,
  secrets: {},
  taskKillGracePeriodSeconds: null,
  container: null,
  unreachableStrategy: { inactiveAfterSeconds: 300, expungeAfterSeconds: 600 }
}

/** The container as 1.4 shows it: network and mappings inside `docker`. */
function legacyContainer(definition: AppDefinition): unknown {
  const { container } = definition
  if (container === undefined) return null
  const { portMappings, docker, ...rest } = container
  const mode = networkMode(definition)
  if (docker === undefined) return mode === 'host' ? { ...rest } : { ...rest, portMappings }
  const network = { host: 'HOST', bridge: 'BRIDGE', container: 'USER' }[mode]
  return { ...rest, docker: { ...docker, network, portMappings: portMappings ?? null } }
}

/** Networks of containers without Docker were `ipAddress.discovery` in 1.4. */
function legacyIp(definition: AppDefinition): unknown {
  if (networkMode(definition) !== 'container') return null
  const { container, networks } = definition
  const ports = (container?.portMappings ?? []).map(
    ({ containerPort, name, protocol, labels }) => ({
      number: containerPort,
      name: name ?? 'default',
      protocol,
      labels
    })
  )
  return {
    groups: [],
    labels: {},
    discovery: { ports: container?.docker ? [] : ports },
    ...(networks[0]?.name === undefined ? {} : { networkName: networks[0].name })
  }
}

function shapeLegacy(definition: AppDefinition): Record<string, unknown> {
  const { networks: _networks, ...rest } = definition
  const ports = servicePorts(definition)
  const host = networkMode(definition) === 'host'
  return {
    ...LEGACY_NULLS,
    ...rest,
    ports,
    portDefinitions: host
      ? definition.portDefinitions
      : ports.map((port) => ({ port, protocol: 'tcp', labels: {} })),
    container: legacyContainer(definition),
    ipAddress: legacyIp(definition),
    acceptedResourceRoles: null
  }
}

/** A bare definition, as `/versions/{v}` and events show it. */
export function shapeDefinition(
  definition: AppDefinition,
  version: string,
  apiVersion: ApiVersion
): Record<string, unknown> {
  const shaped =
    apiVersion === '1.4' ? shapeLegacy(definition) : shapeModern(definition, apiVersion)
  return { ...shaped, version }
}

/** The four numbers every app answer carries. */
function countsOf(app: AppRecord) {
  const counts = { tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0 }
  for (const task of app.tasks.values()) {
    if (task.placement === undefined) continue
    if (task.state === 'TASK_RUNNING' || task.state === 'TASK_KILLING') counts.tasksRunning += 1
    else counts.tasksStaged += 1
    const results = task.health.filter((result) => result !== undefined)
    if (results.some((result) => !result.alive)) counts.tasksUnhealthy += 1
    else if (results.length > 0) counts.tasksHealthy += 1
  }
  return counts
}

function readinessOf(cluster: ClusterView, app: AppRecord): unknown[] {
  const deploying = [...cluster.deployments.values()].some((deployment) =>
    deployment.apps.includes(app.definition.id)
  )
  if (!deploying) return []
  return liveTasks(app).flatMap((task) =>
    task.readiness === undefined ? [] : [{ ...task.readiness, taskId: task.id }]
  )
}

function statsOf(app: AppRecord, tasks: readonly LocalTask[]) {
  const { tasksStaged, tasksRunning, tasksHealthy, tasksUnhealthy } = countsOf(app)
  const ages = tasks.flatMap((task) =>
    task.startedAt === undefined ? [] : [(Date.now() - Date.parse(task.startedAt)) / 1000]
  )
  const average = ages.reduce((sum, age) => sum + age, 0) / Math.max(1, ages.length)
  return {
    totalSummary: {
      stats: {
        counts: {
          staged: tasksStaged,
          running: tasksRunning,
          healthy: tasksHealthy,
          unhealthy: tasksUnhealthy
        },
        lifeTime: { averageSeconds: average, medianSeconds: average }
      }
    }
  }
}

/** An app as the API shows it, with the parts that were asked for. */
export function shapeApp(
  cluster: ClusterView,
  app: AppRecord,
  embeds: ReadonlySet<Embed>,
  faults: ContentFaults
): Record<string, unknown> {
  const { apiVersion } = cluster.settings
  const { id } = app.definition
  const tasks = faults.tasksMissing ? [] : [...app.tasks.values()]
  const visible = tasks.filter((task) => task.placement !== undefined)
  const deployments = [...cluster.deployments.values()]
    .filter((deployment) => deployment.apps.includes(id))
    .map((deployment) => ({ id: deployment.id }))
  return {
    ...shapeDefinition(app.definition, app.version, apiVersion),
    versionInfo: {
      lastScalingAt: app.lastScalingAt,
      lastConfigChangeAt: app.lastConfigChangeAt
    },
    ...(embeds.has('counts') ? countsOf(app) : {}),
    ...(embeds.has('deployments') ? { deployments } : {}),
    ...(embeds.has('tasks')
      ? { tasks: visible.map((task) => shapeTask(task, apiVersion, faults)) }
      : {}),
    ...(embeds.has('readiness') ? { readinessCheckResults: readinessOf(cluster, app) } : {}),
    ...(embeds.has('lastTaskFailure') && app.lastTaskFailure
      ? { lastTaskFailure: app.lastTaskFailure }
      : {}),
    ...(embeds.has('taskStats') ? { taskStats: statsOf(app, visible) } : {})
  }
}
