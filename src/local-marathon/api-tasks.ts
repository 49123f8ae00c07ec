import { ApiError, notFound } from './api-error.ts'
import {
  type ApiContext,
  type ApiRequest,
  appOr404,
  deploymentReply,
  placedTasks,
  shownApps
} from './api-request.ts'
import { flag } from './app-query.ts'
import type { AppRecord, LocalTask } from './cluster.ts'
import { type AppDefinition, networkMode, servicePorts } from './definition.ts'
import { deploy } from './deployments.ts'
import { json, type Reply, text } from './reply.ts'
import { shapeTask } from './shape-task.ts'
import { killTask } from './task-life.ts'

interface Victim {
  readonly app: AppRecord
  readonly task: LocalTask
}

const STATES: Readonly<Record<string, readonly string[]>> = {
  running: ['TASK_RUNNING', 'TASK_KILLING'],
  staging: ['TASK_STAGING', 'TASK_STARTING']
}

function shapeAll(context: ApiContext, tasks: readonly LocalTask[]) {
  const { apiVersion } = context.cluster.settings
  return tasks.map((task) => shapeTask(task, apiVersion, context.faults, { servicePorts: true }))
}

function placedOf(app: AppRecord): LocalTask[] {
  return [...app.tasks.values()].filter((task) => task.placement !== undefined)
}

/** JSON wins unless the client asks for text and not for JSON. */
function wantsText(accept: string): boolean {
  return /\btext\/plain\b/.test(accept) && !/json|\*\/\*/.test(accept)
}

export function listTasks(context: ApiContext, { query, accept }: ApiRequest): Reply {
  if (wantsText(accept)) return text(shownApps(context).map(textRow).join(''))
  const wanted = [...query.getAll('status'), ...query.getAll('status[]')]
  const states = new Set(wanted.flatMap((status) => STATES[status] ?? []))
  const tasks = shownApps(context)
    .flatMap(placedOf)
    .filter((task) => wanted.length === 0 || states.has(task.state))
  return json({ tasks: shapeAll(context, tasks) })
}

/** One line per service port, TAB separated with a TAB at the end. */
function textRow(app: AppRecord): string {
  const name = app.definition.id.slice(1).replaceAll('/', '_')
  const tasks = placedOf(app).filter((task) => task.state === 'TASK_RUNNING')
  const ports = servicePorts(app.definition)
  if (ports.length === 0) {
    return `${name}\t \t${tasks.map(({ placement }) => `${placement?.host}\t`).join('')}\n`
  }
  return ports
    .map((port, index) => {
      const at = ({ placement }: LocalTask) =>
        `${placement?.host}:${placement?.ports[hostPortIndex(app.definition, index)] ?? 0}\t`
      return `${name}\t${port}\t${tasks.map(at).join('')}\n`
    })
    .join('')
}

/** Mappings without a host port take none of `task.ports`. */
function hostPortIndex(definition: AppDefinition, index: number): number {
  if (networkMode(definition) !== 'container') return index
  const mappings = definition.container?.portMappings ?? []
  if (mappings[index]?.hostPort === undefined) return -1
  return mappings.slice(0, index).filter((mapping) => mapping.hostPort !== undefined).length
}

export function listAppTasks(context: ApiContext, id: string, { accept }: ApiRequest): Reply {
  const apps = id.endsWith('/*')
    ? shownApps(context).filter((app) => app.definition.id.startsWith(id.slice(0, -1)))
    : [appOr404(context.view().apps, id)]
  if (wantsText(accept)) return text(apps.map(textRow).join(''))
  return json({ tasks: shapeAll(context, apps.flatMap(placedOf)) })
}

/** Kills victims; with `scale` their apps want that many fewer, in one deployment. */
function killVictims(
  context: ApiContext,
  { query }: ApiRequest,
  victims: readonly Victim[],
  answer: (tasks: unknown[]) => unknown
): Reply {
  const scale = flag(query, 'scale')
  if (scale && flag(query, 'wipe')) {
    throw new ApiError(400, { message: 'You cannot use scale and wipe at the same time.' })
  }
  const { cluster } = context
  const shaped = shapeAll(
    context,
    victims.map(({ task }) => task)
  )
  if (!scale) {
    for (const { task } of victims) killTask(cluster, task)
    return json(answer(shaped))
  }
  const change = new Map<string, AppDefinition>()
  for (const { app } of victims) {
    const { id, instances } = change.get(app.definition.id) ?? app.definition
    change.set(id, { ...app.definition, instances: Math.max(0, instances - 1) })
  }
  const deployment = deploy(cluster, change, { force: flag(query, 'force') })
  for (const { app, task } of victims) {
    app.target = Math.min(app.target, app.definition.instances)
    killTask(cluster, task)
  }
  return deploymentReply(deployment)
}

/** `DELETE /v2/apps/{id}/tasks`, all or those on one host. */
export function killAppTasks(context: ApiContext, request: ApiRequest, id: string): Reply {
  const app = appOr404(context.cluster.apps, id)
  const host = request.query.get('host')
  const tasks = placedTasks(app).filter((task) => host === null || task.placement?.host === host)
  const victims = tasks.map((task) => ({ app, task }))
  return killVictims(context, request, victims, (shaped) => ({ tasks: shaped }))
}

export function killAppTask(
  context: ApiContext,
  request: ApiRequest,
  id: string,
  taskId: string
): Reply {
  const app = appOr404(context.cluster.apps, id)
  const task = app.tasks.get(taskId)
  if (task === undefined) throw notFound('Task', taskId)
  return killVictims(context, request, [{ app, task }], ([shaped]) => ({ task: shaped }))
}

const TASK_ID = /^[^/\s]+\.[^/\s.]+/

/** `POST /v2/tasks/delete`: unknown ids are skipped, malformed ones refused. */
export function killTasks(context: ApiContext, request: ApiRequest): Reply {
  const { ids } = (request.body ?? {}) as { ids?: unknown }
  if (!Array.isArray(ids))
    throw new ApiError(400, {
      message: 'Invalid JSON',
      details: [{ path: '/ids', errors: ['error.path.missing'] }]
    })
  const apps = [...context.cluster.apps.values()]
  const victims = ids.flatMap((id: unknown) => {
    if (typeof id !== 'string' || !TASK_ID.test(id)) {
      throw new ApiError(400, {
        message: `Invalid task id '${id}'. [An instance id must be like app.instance-uuid]`
      })
    }
    return apps.flatMap((app) => {
      const task = app.tasks.get(id)
      return task === undefined || task.killing ? [] : [{ app, task }]
    })
  })
  return killVictims(context, request, victims, (shaped) => ({ tasks: shaped }))
}
