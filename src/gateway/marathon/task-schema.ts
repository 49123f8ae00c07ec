import { isIP } from 'node:net'
import type { HealthResult, Task, TaskState } from '../model/app.ts'
import type { Report } from './port-schema.ts'
import {
  countOf,
  type Fields,
  fieldsOf,
  itemsOf,
  portOf,
  quote,
  timeOf,
  wordOf
} from './read-values.ts'

const MAX_PORTS = 256
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?$/

const STATES = new Set<string>([
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_UNREACHABLE',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_GONE',
  'TASK_DROPPED',
  'TASK_LOST'
] satisfies TaskState[])

/** A task of any API generation; undefined, and a report, when it has no usable id. */
export function parseTask(value: unknown, report: Report): Task | undefined {
  const fields = fieldsOf(value)
  const id = wordOf(fields?.['id'], 1024)
  if (fields === undefined || id === undefined) {
    report(`a task has the id ${quote(fields?.['id'])}, expected a word; the task is left out`)
    return undefined
  }
  const tell: Report = (reason) => report(`task ${id}: ${reason}`)
  const host = parseHost(fields['host'], tell)
  const startedAt = timeOf(fields['startedAt'])
  const version = wordOf(fields['version'], 64)
  return {
    id,
    ...(host === undefined ? {} : { host }),
    ports: parseTaskPorts(fields['ports'], tell),
    ipAddresses: parseAddresses(fields['ipAddresses'], tell),
    ...parseState(fields),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(version === undefined ? {} : { version }),
    health: parseHealth(fields['healthCheckResults'])
  }
}

/** A name or an address. Old versions write "" or null for a task without an agent. */
function parseHost(value: unknown, report: Report): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string' && (HOST_NAME.test(value) || isIP(value) !== 0)) return value
  report(`its host is ${quote(value)}, expected a name or an address; it has none now`)
  return undefined
}

/** A port that is no port stays as 0, for the others are found by their index. */
function parseTaskPorts(value: unknown, report: Report): readonly number[] {
  return itemsOf(value)
    .slice(0, MAX_PORTS)
    .map((entry) => {
      const port = portOf(entry)
      if (port === undefined && entry !== 0) {
        report(`one of its ports is ${quote(entry)}, expected 1 to 65535; that port is left out`)
      }
      return port ?? 0
    })
}

function parseAddresses(value: unknown, report: Report): readonly string[] {
  const addresses: string[] = []
  for (const entry of itemsOf(value).slice(0, 64)) {
    const address = fieldsOf(entry)?.['ipAddress']
    if (typeof address === 'string' && isIP(address) !== 0) addresses.push(address)
    else report(`one of its addresses is ${quote(address)}, expected an IP address; left out`)
  }
  return addresses
}

/** Absent before 1.1.2; a state this gateway doesn't know takes no traffic. */
function parseState(fields: Fields): { state?: TaskState } {
  const state = fields['state']
  if (state === undefined || state === null) return {}
  if (state === 'TASK_GONE_BY_OPERATOR') return { state: 'TASK_GONE' }
  if (typeof state === 'string' && STATES.has(state)) return { state: state as TaskState }
  return { state: 'TASK_UNKNOWN' }
}

function parseHealth(value: unknown): readonly HealthResult[] {
  const results: HealthResult[] = []
  for (const entry of itemsOf(value).slice(0, 64)) {
    const fields = fieldsOf(entry)
    if (fields !== undefined) results.push(healthResult(fields))
  }
  return results
}

/** `alive: false` without any failure is the grace period: nothing is known yet. */
function healthResult(fields: Fields): HealthResult {
  const alive = fields['alive'] === true
  const consecutiveFailures = countOf(fields['consecutiveFailures']) ?? 0
  const times = [fields['firstSuccess'], fields['lastSuccess'], fields['lastFailure']]
  const reported = alive || consecutiveFailures > 0 || times.some((t) => typeof t === 'string')
  return { alive, consecutiveFailures, reported }
}
