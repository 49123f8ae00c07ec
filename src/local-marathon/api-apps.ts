import { ApiError, notFound } from './api-error.ts'
import {
  type ApiContext,
  type ApiRequest,
  appOr404,
  deploymentReply,
  shownApps
} from './api-request.ts'
import { embedsOf, filterOf, flag } from './app-query.ts'
import type { AppRecord } from './cluster.ts'
import { type AppDefinition, servicePorts } from './definition.ts'
import { absoluteId, definitionOf, patched } from './definition-input.ts'
import { isObject, type Json } from './definition-shape.ts'
import { type Change, deploy } from './deployments.ts'
import { json, type Reply } from './reply.ts'
import { type Embed, shapeApp, shapeDefinition } from './shape-app.ts'

const DETAIL: readonly Embed[] = ['counts', 'tasks', 'lastTaskFailure', 'deployments']

export function listApps(context: ApiContext, { query }: ApiRequest): Reply {
  const embeds = embedsOf(query, ['counts', 'deployments'])
  const wanted = filterOf(query)
  const apps = shownApps(context).filter((app) => wanted(app.definition))
  return json({ apps: apps.map((app) => shapeApp(context.view(), app, embeds, context.faults)) })
}

/** One app; an id that ends in `*` lists all below it. */
export function getApp(context: ApiContext, { query }: ApiRequest, id: string): Reply {
  const embeds = embedsOf(query, DETAIL)
  const show = (app: AppRecord) => shapeApp(context.view(), app, embeds, context.faults)
  if (id.endsWith('/*')) {
    const prefix = id.slice(0, -1)
    const below = shownApps(context).filter((app) => app.definition.id.startsWith(prefix))
    return json({ '*': below.map(show) })
  }
  if (context.faults.isHidden(id)) throw notFound('App', id)
  return json({ app: show(appOr404(context.view().apps, id)) })
}

/** Makes a definition; open service ports keep the number they had before. */
export function buildDefinition({ cluster }: ApiContext, body: unknown, id: string): AppDefinition {
  const before = cluster.apps.get(id)
  const held = before ? servicePorts(before.definition) : []
  return definitionOf(body, id, (index) => held[index] ?? cluster.nextServicePort())
}

function publishPost(context: ApiContext, request: ApiRequest, after: AppDefinition): void {
  const { cluster } = context
  const version = cluster.apps.get(after.id)?.version ?? ''
  cluster.events.publish('api_post_event', {
    clientIp: request.clientIp,
    uri: request.path,
    appDefinition: shapeDefinition(after, version, cluster.settings.apiVersion)
  })
}

export function createApp(context: ApiContext, request: ApiRequest): Reply {
  const { cluster } = context
  const given = isObject(request.body) ? request.body['id'] : undefined
  const id = typeof given === 'string' ? absoluteId(given) : '/'
  const after = buildDefinition(context, request.body, id)
  if (cluster.apps.has(id)) {
    throw new ApiError(409, { message: `An app with id [${id}] already exists.` })
  }
  const deployment = deploy(cluster, new Map([[id, after]]), {
    force: flag(request.query, 'force')
  })
  publishPost(context, request, after)
  const body = {
    ...shapeDefinition(after, deployment.version, cluster.settings.apiVersion),
    tasksStaged: 0,
    tasksRunning: 0,
    tasksHealthy: 0,
    tasksUnhealthy: 0,
    deployments: [{ id: deployment.id }]
  }
  return json(body, 201, { Location: id, 'Marathon-Deployment-Id': deployment.id })
}

/** The definition that an update of one app leads to; `{version}` alone goes back to that version. */
function updated(context: ApiContext, id: string, body: unknown, partial: boolean): AppDefinition {
  const current = context.cluster.apps.get(id)
  if (current === undefined || !partial) return buildDefinition(context, body, id)
  const keys = isObject(body) ? Object.keys(body) : []
  if (keys.length === 1 && keys[0] === 'version') {
    const old = current.history.get(String((body as Json)['version']))
    if (old === undefined) throw notFound('App', id)
    return old
  }
  return buildDefinition(context, patched(current.definition, body), id)
}

/** PUT creates what is missing; PATCH answers 404. */
export function updateApp(context: ApiContext, request: ApiRequest, id: string): Reply {
  const existed = context.cluster.apps.has(id)
  if (request.method === 'PATCH' && !existed) throw notFound('App', id)
  const partial = request.method === 'PATCH' || flag(request.query, 'partialUpdate', true)
  const after = updated(context, id, request.body, partial)
  const force = flag(request.query, 'force')
  const deployment = deploy(context.cluster, new Map([[id, after]]), { force })
  publishPost(context, request, after)
  return deploymentReply(deployment, existed ? 200 : 201)
}

/** PUT or PATCH of an array: one deployment for all. */
export function updateApps(context: ApiContext, request: ApiRequest): Reply {
  if (!Array.isArray(request.body))
    throw new ApiError(400, { message: 'Invalid JSON', details: 'an array of apps is expected' })
  const partial = request.method === 'PATCH' || flag(request.query, 'partialUpdate', true)
  const change: Change = new Map(
    request.body.map((item: unknown) => {
      const id = absoluteId(String(isObject(item) ? item['id'] : ''))
      return [id, updated(context, id, item, partial)]
    })
  )
  return deploymentReply(deploy(context.cluster, change, { force: flag(request.query, 'force') }))
}

export function deleteApp({ cluster }: ApiContext, { query }: ApiRequest, id: string): Reply {
  appOr404(cluster.apps, id)
  return deploymentReply(
    deploy(cluster, new Map([[id, undefined]]), { force: flag(query, 'force', true) })
  )
}

export function restartApp({ cluster }: ApiContext, { query }: ApiRequest, id: string): Reply {
  const app = appOr404(cluster.apps, id)
  const change = new Map([[id, app.definition]])
  return deploymentReply(deploy(cluster, change, { force: flag(query, 'force'), restart: true }))
}

export function listVersions({ cluster }: ApiContext, id: string): Reply {
  const app = appOr404(cluster.apps, id)
  return json({ versions: [...app.history.keys()].reverse() })
}

export function getVersion({ cluster }: ApiContext, id: string, version: string): Reply {
  const definition = appOr404(cluster.apps, id).history.get(version)
  if (definition === undefined) {
    throw new ApiError(404, { message: `App '${id}' does not exist in version ${version}` })
  }
  return json(shapeDefinition(definition, version, cluster.settings.apiVersion))
}
