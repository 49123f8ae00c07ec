import type { App, AppPort, NetworkMode, Task } from '../model/app.ts'
import type { Problem } from '../model/problem.ts'
import { withHttpChecks } from './health-checks.ts'
import { parseLabels } from './label-schema.ts'
import { parseNetworkMode, parsePorts, type Report, UnreadableError } from './port-schema.ts'
import {
  countOf,
  type Fields,
  fieldsOf,
  itemsOf,
  quote,
  secondsOf,
  timeOf,
  wordOf
} from './read-values.ts'
import { parseTask } from './task-schema.ts'

const MAX_PROBLEMS_PER_APP = 20
/** Why an answer says nothing about apps, as a sentence. */
export const NO_LIST = 'the answer has no list "apps"'
export const NO_APP = 'the answer has no object "app"'

/** Networking of one version of an app: what tells where the ports of its tasks are. */
export interface Definition {
  readonly networkMode: NetworkMode
  readonly ports: readonly AppPort[]
}

export interface ParsedApps {
  readonly apps: App[]
  readonly problems: Problem[]
}

export interface ParsedApp {
  /** Absent when the app can't be read at all. */
  readonly app?: App
  readonly problems: readonly Problem[]
}

/**
 * Marathon's answer to `GET /v2/apps`, of any API generation, checked app by app: a malformed app
 * becomes a problem and the others stay. `env` is never looked at, unknown fields are ignored.
 *
 * @returns `invalid` when the answer says nothing about apps at all: keep what is known
 */
export function parseApps(body: unknown, source: string): ParsedApps | { invalid: string } {
  const list = fieldsOf(body)?.['apps']
  if (!Array.isArray(list)) return { invalid: NO_LIST }
  const seen = new Set<string>()
  const apps: App[] = []
  const problems: Problem[] = []
  for (const [index, entry] of list.entries()) {
    const parsed = parseApp(entry, source, index)
    for (const problem of parsed.problems) problems.push(problem)
    const app = parsed.app
    if (app === undefined) continue
    if (seen.has(app.id)) {
      problems.push(listedTwice(source, app.id))
      continue
    }
    seen.add(app.id)
    apps.push(app)
  }
  return { apps, problems }
}

export function listedTwice(source: string, app: string): Problem {
  return { source, app, reason: 'it is listed twice; the first one counts' }
}

/** One app with what is wrong in it; `app` is absent when it can't be read at all. */
export function parseApp(value: unknown, source: string, index = 0): ParsedApp {
  const id = wordOf(fieldsOf(value)?.['id'], 1024)
  const name = id ?? `(entry ${index} of the list)`
  const problems: Problem[] = []
  const report: Report = (reason) => {
    if (problems.length < MAX_PROBLEMS_PER_APP) problems.push({ source, app: name, reason })
  }
  try {
    return { app: readApp(value, report), problems }
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    report(`the app is left out: ${error.message}`)
    return { problems }
  }
}

/** The networking of an app definition alone, as `/v2/apps/{id}/versions/{version}` gives it. */
export function parseDefinition(value: unknown): Definition | undefined {
  const fields = fieldsOf(value)
  if (fields === undefined || wordOf(fields['id'], 1024) === undefined) return undefined
  try {
    const networkMode = parseNetworkMode(fields)
    return { networkMode, ports: parsePorts(fields, networkMode, () => {}) }
  } catch (error) {
    if (error instanceof UnreadableError) return undefined
    throw error
  }
}

function readApp(value: unknown, report: Report): App {
  const fields = fieldsOf(value)
  if (fields === undefined) throw new UnreadableError(`expected an object, found ${quote(value)}`)
  const id = wordOf(fields['id'], 1024)
  if (id === undefined || !id.startsWith('/')) {
    throw new UnreadableError(
      `its id is ${quote(fields['id'])}, expected up to 1024 characters that begin with a slash`
    )
  }
  const labels = parseLabels(fields['labels'])
  if (typeof labels === 'string') throw new UnreadableError(labels)
  const networkMode = parseNetworkMode(fields)
  const version = wordOf(fields['version'], 64)
  return {
    id,
    labels,
    instances: countOf(fields['instances']) ?? 1,
    ...(version === undefined ? {} : { version }),
    ...parseConfigChange(fields['versionInfo']),
    networkMode,
    ports: withHttpChecks(parsePorts(fields, networkMode, report), fields['healthChecks']),
    ...parseChecks(fields),
    readiness: parseReadiness(fields['readinessCheckResults']),
    deploying: itemsOf(fields['deployments']).length > 0,
    ...parseKillGrace(fields['taskKillGracePeriodSeconds']),
    tasks: parseTasks(fields['tasks'], report)
  }
}

/** `version` changes with the scale too; this moment doesn't. */
function parseConfigChange(versionInfo: unknown): { configChangedAt?: number } {
  const configChangedAt = timeOf(fieldsOf(versionInfo)?.['lastConfigChangeAt'])
  return configChangedAt === undefined ? {} : { configChangedAt }
}

type Checks = Pick<App, 'healthChecks' | 'healthGraceMs' | 'readinessCheck'>

/** Where a time is missing, Marathon's own default stands. */
function parseChecks(fields: Fields): Checks {
  const checks = itemsOf(fields['healthChecks'])
  let healthGraceMs = 0
  for (const check of checks) {
    const times = fieldsOf(check)
    const grace =
      secondsOf(times?.['gracePeriodSeconds'], 300) + secondsOf(times?.['intervalSeconds'], 60)
    healthGraceMs = Math.max(healthGraceMs, grace)
  }
  const readiness = fieldsOf(itemsOf(fields['readinessChecks'])[0])
  if (readiness === undefined) return { healthChecks: checks.length, healthGraceMs }
  const intervalMs = secondsOf(readiness['intervalSeconds'], 30)
  const timeoutMs = secondsOf(readiness['timeoutSeconds'], 10)
  return {
    healthChecks: checks.length,
    healthGraceMs,
    readinessCheck: { intervalMs, timeoutMs }
  }
}

/** A task is ready when all results about it say so. */
function parseReadiness(value: unknown): ReadonlyMap<string, boolean> {
  const readiness = new Map<string, boolean>()
  for (const entry of itemsOf(value)) {
    const result = fieldsOf(entry)
    const taskId = wordOf(result?.['taskId'], 1024)
    if (taskId === undefined) continue
    readiness.set(taskId, result?.['ready'] === true && (readiness.get(taskId) ?? true))
  }
  return readiness
}

function parseKillGrace(value: unknown): { killGraceMs?: number } {
  return typeof value === 'number' && value >= 0 ? { killGraceMs: secondsOf(value, 0) } : {}
}

function parseTasks(value: unknown, report: Report): readonly Task[] {
  const tasks: Task[] = []
  for (const entry of itemsOf(value)) {
    const task = parseTask(entry, report)
    if (task !== undefined) tasks.push(task)
  }
  return tasks
}
