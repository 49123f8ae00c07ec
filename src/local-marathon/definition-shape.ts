import { type FieldFault, invalidJson } from './api-error.ts'

/** A JSON object as it came from outside. */
export type Json = Readonly<Record<string, unknown>>

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'array'

/** The types Marathon refuses with 400 when they are wrong; everything else passes through. */
const KINDS: Readonly<Record<string, Kind>> = {
  id: 'string',
  cmd: 'string',
  args: 'array',
  instances: 'number',
  cpus: 'number',
  mem: 'number',
  disk: 'number',
  gpus: 'number',
  env: 'object',
  labels: 'object',
  networks: 'array',
  ports: 'array',
  portDefinitions: 'array',
  requirePorts: 'boolean',
  container: 'object',
  healthChecks: 'array',
  readinessChecks: 'array',
  upgradeStrategy: 'object',
  backoffSeconds: 'number',
  backoffFactor: 'number',
  maxLaunchDelaySeconds: 'number',
  taskKillGracePeriodSeconds: 'number',
  killSelection: 'string',
  constraints: 'array',
  ipAddress: 'object'
}

/** The play-json words for a wrong type. */
const EXPECTED: Readonly<Record<Kind, string>> = {
  string: 'error.expected.jsstring',
  number: 'error.expected.jsnumber',
  boolean: 'error.expected.jsboolean',
  object: 'error.expected.jsobject',
  array: 'error.expected.jsarray'
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'array') return Array.isArray(value)
  if (kind === 'object') return isObject(value)
  return typeof value === kind
}

function labelFaults(labels: Json): FieldFault[] {
  return Object.entries(labels)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key]) => ({ path: `/labels/${key}`, errors: [EXPECTED.string] }))
}

function itemFaults(body: Json, list: string): FieldFault[] {
  const items = body[list]
  if (!Array.isArray(items)) return []
  return items.flatMap((item, index) =>
    isObject(item) ? [] : [{ path: `/${list}(${index})`, errors: [EXPECTED.object] }]
  )
}

/**
 * Checks the types of an app definition or of a part of one; `null` counts as absent.
 *
 * @returns the definition without its null fields
 * @throws ApiError 400 that names each field of a wrong type
 */
export function checkedShape(body: unknown): Json {
  if (!isObject(body)) throw invalidJson([{ path: '', errors: [EXPECTED.object] }])
  const present = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
  const faults = Object.entries(present).flatMap<FieldFault>(([key, value]) => {
    const kind = Object.hasOwn(KINDS, key) ? KINDS[key] : undefined
    if (kind === undefined || isKind(value, kind)) return []
    return [{ path: `/${key}`, errors: [EXPECTED[kind]] }]
  })
  if (isObject(present['labels'])) faults.push(...labelFaults(present['labels']))
  for (const list of ['networks', 'portDefinitions', 'healthChecks', 'readinessChecks']) {
    faults.push(...itemFaults(present, list))
  }
  if (faults.length > 0) throw invalidJson(faults)
  return present
}
