import { type FieldFault, invalidObject } from './api-error.ts'
import { type AppDefinition, type HealthCheck, networkMode, servicePorts } from './definition.ts'
import type { Json } from './definition-shape.ts'

const SEGMENT = /^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])$/
const RESERVED = new Set(['restart', 'tasks', 'versions'])
const PROTOCOLS = new Set([
  'HTTP',
  'HTTPS',
  'TCP',
  'COMMAND',
  'MESOS_HTTP',
  'MESOS_HTTPS',
  'MESOS_TCP'
])

type Rule = (definition: AppDefinition, given: Json) => FieldFault[]

const fault = (path: string, error: string): FieldFault[] => [{ path, errors: [error] }]

const idRule: Rule = ({ id }) => {
  const parts = id.split('/').slice(1)
  if (parts.some((part) => !SEGMENT.test(part))) {
    return fault('/id', `must fully match regular expression '${SEGMENT.source}'`)
  }
  if (RESERVED.has(parts.at(-1) ?? '')) {
    return fault('/id', 'must not end with any of [/restart, /tasks, /versions]')
  }
  return []
}

const workRule: Rule = ({ cmd, args, container }) => {
  if (cmd !== undefined && args !== undefined) {
    return fault(
      '/',
      "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."
    )
  }
  if (cmd === undefined && args === undefined && container?.docker === undefined) {
    return fault(
      '/',
      "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."
    )
  }
  // An image that begins with a dash would be an option of `docker run`.
  if (container?.docker && !/^[^-\s]\S*$/.test(container.docker.image)) {
    return fault('/container/docker/image', 'must be the name of an image')
  }
  return []
}

const numberRule: Rule = (definition) => {
  const { instances } = definition
  if (!Number.isInteger(instances)) return fault('/instances', 'error.expected.int')
  const negative = ['instances', 'cpus', 'mem', 'disk', 'backoffSeconds', 'maxLaunchDelaySeconds']
    .filter((key) => Number((definition as unknown as Json)[key]) < 0)
    .flatMap((key) => fault(`/${key}`, `must be greater than or equal to 0`))
  const factor =
    definition.backoffFactor < 1
      ? fault('/backoffFactor', 'must be greater than or equal to 1.0')
      : []
  return [...negative, ...factor]
}

const strategyRule: Rule = ({ upgradeStrategy }) =>
  (['minimumHealthCapacity', 'maximumOverCapacity'] as const).flatMap((key) => {
    const value: unknown = upgradeStrategy[key]
    if (typeof value !== 'number')
      return fault(`/upgradeStrategy/${key}`, 'error.expected.jsnumber')
    if (value > 1) return fault(`/upgradeStrategy/${key}`, 'is greater than 1')
    return value < 0 ? fault(`/upgradeStrategy/${key}`, 'is less than 0') : []
  })

const portRule: Rule = (definition, given) => {
  const bad = servicePorts(definition).some(
    (port) => !Number.isInteger(port) || port < 0 || port > 65_535
  )
  const list = networkMode(definition) === 'host' ? '/portDefinitions' : '/container/portMappings'
  const faults = bad ? fault(list, 'must be between 0 and 65535') : []
  const given5 = Array.isArray(given['portDefinitions']) && given['portDefinitions'].length > 0
  if (networkMode(definition) !== 'host' && given5) {
    faults.push(...fault('/portDefinitions', 'must be empty'))
  }
  const ports = definition.portDefinitions ?? definition.container?.portMappings ?? []
  const names = ports.flatMap((port) => (port.name === undefined ? [] : [port.name]))
  if (new Set(names).size < names.length) {
    faults.push(...fault(list, 'Port names must be unique.'))
  }
  return faults
}

/** Number fields of checks, which timers and sockets take later. */
const SECONDS = ['gracePeriodSeconds', 'intervalSeconds', 'timeoutSeconds']

function checkNumbers(check: Json, path: string): FieldFault[] {
  const faults = [...SECONDS, 'maxConsecutiveFailures', 'portIndex', 'port'].flatMap((key) => {
    const value = check[key]
    if (value === undefined) return []
    if (typeof value !== 'number') return fault(`${path}/${key}`, 'error.expected.jsnumber')
    return value < 0 ? fault(`${path}/${key}`, 'must be greater than or equal to 0') : []
  })
  if (Number(check['port'] ?? 0) > 65_535) {
    faults.push(...fault(`${path}/port`, 'must be between 1 and 65535'))
  }
  if (check['path'] !== undefined && typeof check['path'] !== 'string') {
    faults.push(...fault(`${path}/path`, 'error.expected.jsstring'))
  }
  return faults
}

function portIndexFaults(check: HealthCheck, path: string, count: number): FieldFault[] {
  if (check.port !== undefined || (check.portIndex ?? 0) < count) return []
  return fault(
    path,
    'Health check port indices must address an element of the ports array or container port mappings.'
  )
}

const healthRule: Rule = (definition) => {
  const count = servicePorts(definition).length
  return definition.healthChecks.flatMap((check, index) => {
    const path = `/healthChecks(${index})`
    const faults = checkNumbers(check as unknown as Json, path)
    if (faults.length > 0) return faults
    if (!PROTOCOLS.has(check.protocol))
      return fault(`${path}/protocol`, 'error.unknown.enum.literal')
    if (check.protocol !== 'COMMAND') return portIndexFaults(check, path, count)
    const command: unknown = check.command?.value
    return typeof command === 'string' && command !== ''
      ? []
      : fault(`${path}/command`, 'must not be empty')
  })
}

const readinessRule: Rule = ({ readinessChecks }) => {
  if (readinessChecks.length > 1) return fault('/readinessChecks', 'may have at most one element')
  return readinessChecks.flatMap((check) => {
    const faults = checkNumbers(check as unknown as Json, '/readinessChecks(0)')
    const codes: unknown = check.httpStatusCodesForReady
    if (Array.isArray(codes)) return faults
    return [
      ...faults,
      ...fault('/readinessChecks(0)/httpStatusCodesForReady', 'error.expected.jsarray')
    ]
  })
}

const RULES: readonly Rule[] = [
  idRule,
  workRule,
  numberRule,
  strategyRule,
  portRule,
  healthRule,
  readinessRule
]

/**
 * Marathon's rules beyond types.
 *
 * @param given the body the definition was made from
 * @throws ApiError 422 that lists every broken rule
 */
export function checkDefinition(definition: AppDefinition, given: Json): void {
  const faults = RULES.flatMap((rule) => rule(definition, given))
  if (faults.length > 0) throw invalidObject(faults)
}
