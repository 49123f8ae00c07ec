import { buildDefinition } from './api-apps.ts'
import { ApiError, notFound } from './api-error.ts'
import { type ApiContext, type ApiRequest, deploymentReply, shownApps } from './api-request.ts'
import { embedsOf, flag } from './app-query.ts'
import type { AppDefinition } from './definition.ts'
import { absoluteId } from './definition-input.ts'
import { isObject, type Json } from './definition-shape.ts'
import { deploy } from './deployments.ts'
import { json, type Reply } from './reply.ts'
import { shapeApp } from './shape-app.ts'

const below = (id: string): string => (id === '/' ? '/' : `${id}/`)

/** The tree under a group, derived from the ids of apps; groups exist while they hold an app. */
export function getGroup(context: ApiContext, { query }: ApiRequest, id: string): Reply {
  const apps = shownApps(context)
  if (id !== '/' && !apps.some((app) => app.definition.id.startsWith(below(id)))) {
    throw notFound('Group', id)
  }
  const embeds = embedsOf(query, [])
  const tree = (group: string): Json => {
    const inside = apps.filter((app) => app.definition.id.startsWith(below(group)))
    const rest = (app: (typeof apps)[number]) => app.definition.id.slice(below(group).length)
    const names = new Set(inside.map(rest).filter((name) => name.includes('/')))
    const groups = new Set([...names].map((name) => name.split('/')[0] ?? ''))
    return {
      id: group,
      apps: inside
        .filter((app) => !rest(app).includes('/'))
        .map((app) => shapeApp(context.view(), app, embeds, context.faults)),
      pods: [],
      groups: [...groups].map((name) => tree(`${below(group)}${name}`)),
      dependencies: [],
      version:
        inside
          .map((app) => app.version)
          .sort()
          .at(-1) ?? new Date(0).toISOString(),
      enforceRole: false
    }
  }
  return json(tree(id))
}

/** All apps of a group definition, nested groups included, with absolute ids. */
function appsOf(context: ApiContext, group: Json, id: string): [string, AppDefinition][] {
  const apps = Array.isArray(group['apps']) ? group['apps'].filter(isObject) : []
  const groups = Array.isArray(group['groups']) ? group['groups'].filter(isObject) : []
  return [
    ...apps.map((app): [string, AppDefinition] => {
      const appId = absoluteId(String(app['id']), id)
      return [appId, buildDefinition(context, app, appId)]
    }),
    ...groups.flatMap((child) => appsOf(context, child, absoluteId(String(child['id']), id)))
  ]
}

/** POST creates a group; PUT makes a group exactly this, or multiplies it by `scaleBy`. */
export function putGroup(context: ApiContext, request: ApiRequest, base: string): Reply {
  const { cluster } = context
  const body: Json = isObject(request.body) ? request.body : {}
  const id = typeof body['id'] === 'string' ? absoluteId(body['id'], base) : base
  const existing = [...cluster.apps.values()].filter((app) =>
    app.definition.id.startsWith(below(id))
  )
  if (request.method === 'POST' && existing.length > 0) {
    throw new ApiError(409, {
      message: `Group ${id} is already created. Use PUT to change this group.`
    })
  }
  const change = new Map<string, AppDefinition | undefined>()
  const factor = body['scaleBy']
  for (const { definition } of existing) {
    const scaled = { ...definition, instances: Math.ceil(definition.instances * Number(factor)) }
    change.set(definition.id, typeof factor === 'number' ? scaled : undefined)
  }
  for (const [appId, definition] of appsOf(context, body, id)) change.set(appId, definition)
  const force = flag(request.query, 'force')
  const deployment = deploy(cluster, change, { force, group: id })
  return deploymentReply(deployment, existing.length > 0 ? 200 : 201)
}

export function deleteGroup({ cluster }: ApiContext, { query }: ApiRequest, id: string): Reply {
  const ids = [...cluster.apps.keys()].filter((app) => app.startsWith(below(id)))
  if (ids.length === 0 && id !== '/') throw notFound('Group', id)
  const change = new Map(ids.map((app) => [app, undefined]))
  return deploymentReply(deploy(cluster, change, { force: flag(query, 'force'), group: id }))
}
