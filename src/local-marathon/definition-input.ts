import type { AppDefinition, HealthCheck, ReadinessCheck } from './definition.ts'
import {
  containerOf,
  networksOf,
  portDefinitionsOf,
  type ServicePortOf
} from './definition-ports.ts'
import { checkDefinition } from './definition-rules.ts'
import { checkedShape, isObject, type Json } from './definition-shape.ts'

/** What answers of the API add; a client may send it back and Marathon ignores it. */
const READ_ONLY = new Set([
  'version',
  'versionInfo',
  'tasks',
  'tasksStaged',
  'tasksRunning',
  'tasksHealthy',
  'tasksUnhealthy',
  'deployments',
  'readinessCheckResults',
  'lastTaskFailure',
  'taskStats'
])
/** Fields of 1.4 and earlier: accepted, never kept. */
const LEGACY = ['ports', 'ipAddress', 'uris', 'storeUrls'] as const

const DEFAULTS = {
  acceptedResourceRoles: ['*'],
  cpus: 1,
  disk: 0,
  executor: '',
  gpus: 0,
  mem: 128,
  backoffSeconds: 1,
  backoffFactor: 1.15,
  maxLaunchDelaySeconds: 300,
  instances: 1,
  killSelection: 'YOUNGEST_FIRST',
  requirePorts: false
}

const HEALTH_DEFAULTS = {
  gracePeriodSeconds: 300,
  intervalSeconds: 60,
  timeoutSeconds: 20,
  maxConsecutiveFailures: 3
}

const READINESS_DEFAULTS = {
  name: 'readinessCheck',
  protocol: 'HTTP',
  path: '/',
  portName: 'http-api',
  intervalSeconds: 30,
  timeoutSeconds: 10,
  httpStatusCodesForReady: [200],
  preserveLastResponse: false
}

/** `/a//b/` and `a/b` both mean `/a/b`; a relative id hangs below `base`. */
export function absoluteId(id: string, base = '/'): string {
  const parts: string[] = []
  for (const part of (id.startsWith('/') ? id : `${base}/${id}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

function healthCheckOf(item: Json): HealthCheck {
  const present = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null))
  const protocol = String(present['protocol'] ?? 'HTTP')
  const hasPath = protocol.endsWith('HTTP') || protocol.endsWith('HTTPS')
  const hasPort = protocol !== 'COMMAND' && present['port'] === undefined
  return {
    ...HEALTH_DEFAULTS,
    ...(hasPath ? { path: '/' } : {}),
    ...(hasPort ? { portIndex: 0 } : {}),
    ...present,
    protocol
  }
}

/**
 * Turns a request body into a complete definition in the form of 1.5.
 *
 * @param servicePortOf gives open service ports a number
 * @throws ApiError 400 for a wrong type, 422 for a broken rule
 */
export function definitionOf(body: unknown, id: string, servicePortOf: ServicePortOf) {
  const shaped = checkedShape(body)
  const kept = Object.fromEntries(Object.entries(shaped).filter(([key]) => !READ_ONLY.has(key)))
  const networks = networksOf(kept)
  const mode = networks[0]?.mode ?? 'host'
  const container = containerOf(kept, mode, servicePortOf)
  const { portDefinitions: _ports, container: _container, ...rest } = kept
  const strategy = isObject(kept['upgradeStrategy']) ? kept['upgradeStrategy'] : {}
  const checks = (kept['healthChecks'] as Json[] | undefined) ?? []
  const readiness = (kept['readinessChecks'] as Json[] | undefined) ?? []
  for (const key of LEGACY) delete rest[key]
  const definition = {
    ...DEFAULTS,
    env: {},
    labels: {},
    ...rest,
    id,
    networks,
    ...(mode === 'host' ? { portDefinitions: portDefinitionsOf(kept, servicePortOf) } : {}),
    ...(container ? { container } : {}),
    healthChecks: checks.map(healthCheckOf),
    readinessChecks: readiness.map(
      (item) => ({ ...READINESS_DEFAULTS, ...item }) as ReadinessCheck
    ),
    upgradeStrategy: { maximumOverCapacity: 1, minimumHealthCapacity: 1, ...strategy }
  } as AppDefinition
  checkDefinition(definition, kept)
  return definition
}

/** The body of a full definition that a partial update means: given fields replace old ones. */
export function patched(current: AppDefinition, patch: unknown): Json {
  const part = checkedShape(patch)
  const old: Record<string, unknown> = { ...current }
  const changesNetwork = ['networks', 'container', 'ipAddress'].some((key) => key in part)
  if (
    'networks' in part ||
    'ports' in part ||
    (changesNetwork && networksOf(part)[0]?.mode !== 'host')
  ) {
    delete old['portDefinitions']
  }
  const container = isObject(part['container']) ? part['container'] : {}
  const docker = isObject(container['docker']) ? container['docker'] : {}
  if ('network' in docker || 'ipAddress' in part) delete old['networks']
  if ('cmd' in part) delete old['args']
  if ('args' in part) delete old['cmd']
  return { ...old, ...part }
}
