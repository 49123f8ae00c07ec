import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { handleApi } from './api.ts'
import { ApiError } from './api-error.ts'
import { type ApiContext, type ApiRequest, readBody } from './api-request.ts'
import type { Authorization } from './authorization.ts'
import { type ClusterView, frozenView } from './cluster.ts'
import { EventStreams } from './event-streams.ts'
import { Faults } from './faults.ts'
import type { Membership, Node } from './membership.ts'
import { deliver, empty, errorReply, htmlError, json, type Reply } from './reply.ts'
import { NO_LEADER, proxyToLeader, redirectToLeader } from './standby.ts'

/** As in Marathon, leadership ends this long after the answer to `DELETE /v2/leader`. */
const ABDICATE_MS = 500

export interface NodeServer extends Node {
  readonly server: Server
  readonly faults: Faults
  stop(): Promise<void>
}

export interface NodeOptions {
  readonly membership: Membership
  readonly authorization: Authorization
  readonly heartbeatMs: number
  /** `host:port` to be known by. Default: where the server listens. */
  readonly advertise?: string
  readonly log: (line: string) => void
}

const UNAUTHORIZED = htmlError(401, 'Unauthorized', {
  'WWW-Authenticate': 'basic realm="Mesosphere"'
})

/** One HTTP server of a cluster; listens when its `server` is told to. */
export function createNodeServer(options: NodeOptions): NodeServer {
  const { membership } = options
  const { cluster } = membership
  let frozen: ClusterView | undefined
  let abdication: NodeJS.Timeout | undefined
  const faults: Faults = new Faults({
    closeStreams: () => streams.closeAll(),
    publish: (type, fields) => cluster.events.publish(type, fields),
    freeze: () => {
      frozen = frozenView(cluster)
    },
    thaw: () => {
      frozen = undefined
    },
    changeLeader: () => membership.changeLeader()
  })
  const streams = new EventStreams(cluster.events, () => faults, options.heartbeatMs)
  const context: ApiContext = {
    cluster,
    faults,
    view: () => frozen ?? cluster,
    leader: () => membership.leader?.address ?? node.address,
    abdicate: () => {
      abdication = setTimeout(() => membership.changeLeader(), ABDICATE_MS)
    }
  }
  const server = createServer((request, response) => {
    void handle({ ...options, context, streams, node }, request, response)
  })
  server.keepAliveTimeout = 30_000
  const node: NodeServer = {
    server,
    faults,
    get address() {
      if (options.advertise !== undefined) return options.advertise
      const bound = server.address()
      if (bound === null || typeof bound === 'string') return ''
      return bound.family === 'IPv6'
        ? `[${bound.address}]:${bound.port}`
        : `${bound.address}:${bound.port}`
    },
    get url() {
      return `http://${this.address}`
    },
    closeStreams: () => streams.closeAll(),
    async stop() {
      clearTimeout(abdication)
      streams.stop()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    }
  }
  return node
}

interface Handling extends NodeOptions {
  readonly context: ApiContext
  readonly streams: EventStreams
  readonly node: NodeServer
}

async function handle(
  handling: Handling,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const { faults } = handling.context
  request.on('error', () => undefined)
  response.on('error', () => undefined)
  const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const fault = faults.takeAnswerFault(path)
  const finish = (reply: Reply) =>
    deliver(request, response, reply, { ...deliveryOf(faults), fault })
  try {
    const reply = await replyTo(handling, request, response, {
      path,
      search,
      replaced: fault !== undefined && fault !== 'truncated' && fault !== 'cut'
    })
    if (reply) await finish(reply)
  } catch (error) {
    if (request.destroyed && !request.complete) return
    if (!(error instanceof ApiError))
      handling.log(`${request.method} ${request.url}: ${String(error)}`)
    await finish(
      error instanceof ApiError ? errorReply(error) : json({ message: String(error) }, 500)
    )
  }
}

function deliveryOf({ slowBodyMs, redirectTo, padding }: Faults) {
  return { slowBodyMs, redirectTo, padding }
}

interface Target {
  readonly path: string
  readonly search: string
  /** The answer will be replaced, so a stream or a proxied answer must not begin. */
  readonly replaced: boolean
}

/** The answer; undefined when the response has been taken over. */
async function replyTo(
  handling: Handling,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target
): Promise<Reply | undefined> {
  const { context, authorization, membership, node } = handling
  const { faults } = context
  if (target.path === '/acs/api/v1/auth/login' && request.method === 'POST') {
    return authorization.login(await readBody(request))
  }
  const allowed = authorization.allows(request.headers.authorization)
  if (!faults.takeAuthorization() || !allowed) return UNAUTHORIZED
  if (target.replaced) return empty(200)
  const { leader } = membership
  if (faults.leaderless || leader === undefined) return NO_LEADER
  if (target.path === '/v2/events' && faults.redirectEventsTo) {
    return redirectToLeader(faults.redirectEventsTo, '')
  }
  if (leader !== node) return standBy(handling, leader.url, request, response)
  return target.path === '/v2/events'
    ? openStream(handling, request, response, target)
    : lead(handling, request, target)
}

function standBy(
  { context, node }: Handling,
  leaderUrl: string,
  request: IncomingMessage,
  response: ServerResponse
): Reply | undefined {
  if (request.headers['x-marathon-via']) return htmlError(502, 'Detected proxying loop.')
  const path = request.url ?? '/'
  const modern = context.cluster.settings.apiVersion === '1.8'
  if (modern && /^\/v2\/events(\?|$)/.test(path)) return redirectToLeader(leaderUrl, path)
  proxyToLeader(request, response, { self: node.address, leaderUrl }, (reply) => {
    void deliver(request, response, reply, { fault: undefined, slowBodyMs: 0 })
  })
  return undefined
}

/** Jetty compares the Accept header as a whole. */
function openStream(
  { streams }: Handling,
  request: IncomingMessage,
  response: ServerResponse,
  { search }: Target
): Reply | undefined {
  if (request.method !== 'GET' || request.headers.accept !== 'text/event-stream') {
    return htmlError(405, 'HTTP method GET is not supported by this URL')
  }
  streams.open(request, response, new URLSearchParams(search))
  return undefined
}

async function lead(
  { context, node }: Handling,
  request: IncomingMessage,
  { path, search }: Target
): Promise<Reply> {
  const leaderHeaders = {
    'X-Marathon-Leader': node.url,
    'X-Frame-Options': 'DENY',
    'X-XSS-Protection': '1; mode=block'
  }
  const apiRequest = {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(search),
    accept: request.headers.accept ?? '',
    clientIp: request.socket.remoteAddress ?? '',
    body: await readBody(request)
  }
  const reply = replyOrError(context, apiRequest)
  return { ...reply, headers: { ...leaderHeaders, ...reply.headers } }
}

function replyOrError(context: ApiContext, request: ApiRequest): Reply {
  try {
    return handleApi(context, request)
  } catch (error) {
    if (error instanceof ApiError) return errorReply(error)
    throw error
  }
}
