import {
  createApp,
  deleteApp,
  getApp,
  getVersion,
  listApps,
  listVersions,
  restartApp,
  updateApp,
  updateApps
} from './api-apps.ts'
import {
  abdicate,
  deleteDelay,
  deleteDeployment,
  getInfo,
  getLeader,
  getMetrics,
  listDeployments,
  listQueue,
  ping
} from './api-cluster.ts'
import { ApiError } from './api-error.ts'
import { deleteGroup, getGroup, putGroup } from './api-groups.ts'
import type { ApiContext, ApiRequest } from './api-request.ts'
import { killAppTask, killAppTasks, killTasks, listAppTasks, listTasks } from './api-tasks.ts'
import { absoluteId } from './definition-input.ts'
import { empty, type Reply, text } from './reply.ts'
import { uiPage } from './ui-page.ts'

type Handler = (context: ApiContext, request: ApiRequest, ...ids: string[]) => Reply

interface Route {
  readonly methods: string
  /** Its groups become the handler's last arguments. */
  readonly path: RegExp
  readonly handle: Handler
}

/** In order of precedence: an app id may hold slashes, so what ends in a known word comes first. */
const ROUTES: readonly Route[] = [
  { methods: 'GET', path: /^\/ping$/, handle: (_context, request) => ping(request) },
  { methods: 'GET', path: /^\/metrics$/, handle: getMetrics },
  { methods: 'GET', path: /^\/$/, handle: () => empty(302, { Location: '/ui/' }) },
  { methods: 'GET', path: /^\/ui\/?$/, handle: () => text(uiPage(), 'text/html;charset=utf-8') },
  { methods: 'GET', path: /^\/v2\/info$/, handle: getInfo },
  { methods: 'GET', path: /^\/v2\/leader$/, handle: getLeader },
  { methods: 'DELETE', path: /^\/v2\/leader$/, handle: abdicate },
  { methods: 'GET', path: /^\/v2\/apps\/?$/, handle: listApps },
  { methods: 'POST', path: /^\/v2\/apps\/?$/, handle: createApp },
  { methods: 'PUT PATCH', path: /^\/v2\/apps\/?$/, handle: updateApps },
  {
    methods: 'POST',
    path: /^\/v2\/apps\/(.+)\/restart$/,
    handle: (context, request, id) => restartApp(context, request, appId(id))
  },
  {
    methods: 'GET',
    path: /^\/v2\/apps\/(.+)\/versions$/,
    handle: (context, _request, id) => listVersions(context, appId(id))
  },
  {
    methods: 'GET',
    path: /^\/v2\/apps\/(.+)\/versions\/([^/]+)$/,
    handle: (context, _request, id, version) => getVersion(context, appId(id), version ?? '')
  },
  {
    methods: 'GET',
    path: /^\/v2\/apps\/(.+)\/tasks$/,
    handle: (context, request, id) => listAppTasks(context, appId(id), request)
  },
  {
    methods: 'DELETE',
    path: /^\/v2\/apps\/(.+)\/tasks$/,
    handle: (context, request, id) => killAppTasks(context, request, appId(id))
  },
  {
    methods: 'DELETE',
    path: /^\/v2\/apps\/(.+)\/tasks\/([^/]+)$/,
    handle: (context, request, id, task) => killAppTask(context, request, appId(id), task ?? '')
  },
  {
    methods: 'GET',
    path: /^\/v2\/apps\/(.+)$/,
    handle: (context, request, id) => getApp(context, request, appId(id))
  },
  {
    methods: 'PUT PATCH',
    path: /^\/v2\/apps\/(.+)$/,
    handle: (context, request, id) => updateApp(context, request, appId(id))
  },
  {
    methods: 'DELETE',
    path: /^\/v2\/apps\/(.+)$/,
    handle: (context, request, id) => deleteApp(context, request, appId(id))
  },
  { methods: 'GET', path: /^\/v2\/tasks\/?$/, handle: listTasks },
  { methods: 'POST', path: /^\/v2\/tasks\/delete$/, handle: killTasks },
  {
    methods: 'GET',
    path: /^\/v2\/groups(\/.*)?$/,
    handle: (context, request, id) => getGroup(context, request, appId(id))
  },
  {
    methods: 'POST PUT',
    path: /^\/v2\/groups(\/.*)?$/,
    handle: (context, request, id) => putGroup(context, request, appId(id))
  },
  {
    methods: 'DELETE',
    path: /^\/v2\/groups(\/.*)?$/,
    handle: (context, request, id) => deleteGroup(context, request, appId(id))
  },
  { methods: 'GET', path: /^\/v2\/deployments\/?$/, handle: listDeployments },
  {
    methods: 'DELETE',
    path: /^\/v2\/deployments\/([^/]+)$/,
    handle: (context, request, id) => deleteDeployment(context, request, id ?? '')
  },
  { methods: 'GET', path: /^\/v2\/queue\/?$/, handle: listQueue },
  {
    methods: 'DELETE',
    path: /^\/v2\/queue\/(.+)\/delay$/,
    handle: (context, _request, id) => deleteDelay(context, appId(id))
  },
  { methods: 'GET', path: /^\/v2\/pods(\/.*)?$/, handle: () => empty(404) }
]

const appId = (captured: string | undefined): string => absoluteId(`/${captured ?? ''}`)

/**
 * Answers one request of the REST API.
 *
 * @throws ApiError for everything that is not a success
 */
export function handleApi(context: ApiContext, request: ApiRequest): Reply {
  const fitting = ROUTES.filter(({ path }) => path.test(request.path))
  // Marathon answers an unknown address with 500 (MarathonExceptionMapper).
  if (fitting.length === 0) throw new ApiError(500, { message: 'URI not found' })
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = fitting.find(({ methods }) => methods.split(' ').includes(method))
  if (route === undefined) {
    const allow = fitting.flatMap(({ methods }) => methods.split(' '))
    return empty(405, { Allow: [...new Set(allow)].join(', ') })
  }
  const ids = (route.path.exec(request.path) ?? []).slice(1).map((id) => decode(id ?? ''))
  return route.handle(context, request, ...ids)
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ApiError(400, { message: `'${segment}' is not a valid path` })
  }
}
