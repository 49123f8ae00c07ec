import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import fastify, { type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify'
import type { HookSet } from '../../gateway/plugin.ts'
import type { Intake } from './intake.ts'
import { HookedHead } from './outgoing-head.ts'

/** A request on its way to be forwarded, after its hooks. */
export interface HookedRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly intake: Intake
  readonly upgrade: boolean
  /** What hooks made of the head; undefined on routes without hooks. */
  readonly head: HookedHead | undefined
  /** Set when hooks change the answer too: it goes through this reply. */
  readonly reply: FastifyReply | undefined
}

/** Fastify in front of the upstream client: runs the hooks of a route, then forwards. */
export interface FullLane {
  enter(req: IncomingMessage, res: ServerResponse, intake: Intake, upgrade: boolean): void
  close(): Promise<void>
}

interface Entry {
  readonly intake: Intake
  readonly upgrade: boolean
}

const NO_HOOKS = '/'

/**
 * One wildcard-free route per hook set: requests are sent to it by the name of the set, so that
 * Fastify's router never sees, decodes or refuses a client's path.
 *
 * @param forward carries the request to a task
 * @param onHookError answers when a hook throws
 */
export async function createFullLane(
  hookSets: ReadonlyMap<string, HookSet>,
  forward: (request: HookedRequest) => void,
  onHookError: (error: unknown, request: IncomingMessage, res: ServerResponse) => void
): Promise<FullLane> {
  const entries = new WeakMap<IncomingMessage, Entry>()
  const paths = new Map([...hookSets.keys()].map((name, index) => [name, `/hooks/${index}`]))
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    rewriteUrl: (req) => paths.get(entries.get(req)?.intake.route.hooks ?? '') ?? NO_HOOKS
  })
  // No body is ever parsed here: it goes to the task as it comes.
  for (const method of METHODS) app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  const method = METHODS as HTTPMethods[]
  app.decorateRequest('outgoing')
  app.decorateRequest('route')
  app.setErrorHandler((error, request, reply) => {
    reply.hijack()
    onHookError(error, request.raw, reply.raw)
  })

  const entryOf = (req: IncomingMessage): Entry => entries.get(req) as Entry
  app.route({
    method,
    url: NO_HOOKS,
    handler(request, reply) {
      reply.hijack()
      const { raw: req } = request
      const { raw: res } = reply
      forward({ req, res, ...entryOf(req), head: undefined, reply: undefined })
    }
  })
  for (const [name, set] of hookSets) {
    const { preHandler, onSend } = set
    app.route({
      method,
      url: paths.get(name) ?? NO_HOOKS,
      async onRequest(request: FastifyRequest) {
        const { intake } = entryOf(request.raw)
        const { method: verb = '', rawHeaders } = request.raw
        request.outgoing = new HookedHead(verb, intake.clean.target, rawHeaders)
        request.route = intake.route
      },
      ...(preHandler === undefined ? {} : { preHandler }),
      ...(onSend === undefined ? {} : { onSend }),
      handler(request, reply) {
        const { raw: req } = request
        const { raw: res } = reply
        if (onSend === undefined) reply.hijack()
        const head = request.outgoing as HookedHead
        const answer = onSend === undefined ? undefined : reply
        forward({ req, res, ...entryOf(req), head, reply: answer })
        return reply
      }
    })
  }
  await app.ready()
  return {
    enter(req, res, intake, upgrade) {
      entries.set(req, { intake, upgrade })
      app.routing(req, res)
    },
    close: () => app.close()
  }
}
