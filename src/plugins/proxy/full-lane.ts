import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HTTPMethods
} from 'fastify'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { Route } from '../../gateway/model/route.ts'
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

/** A request that is on its way to a task. */
export interface Carried {
  /** Ends it with an error of the gateway's own. */
  fail(name: GatewayErrorName, id?: string): void
}

export interface LaneEvents {
  /** Address of whoever sent a request: what hooks read as `request.ip`. */
  clientOf(req: IncomingMessage): string
  /** An answer is about to begin that no task gave. */
  closeIfLast(req: IncomingMessage, res: ServerResponse): void
  /** Carries the request to a task. */
  forward(request: HookedRequest): Carried
  /** A hook threw before the request was forwarded: it is to be answered. */
  onFault(error: unknown, req: IncomingMessage, res: ServerResponse, route: Route): void
  /** A hook failed on the answer; that request is ended already. @returns id of the fault in the log */
  onAnswerFault(error: unknown, req: IncomingMessage): string
  /** A hook answered by itself, or the client went away before the hooks were done. */
  onAnswered(req: IncomingMessage, res: ServerResponse, route: Route): void
}

interface Entry {
  readonly intake: Intake
  readonly upgrade: boolean
  /** Set as soon as somebody else ends and reports the request. */
  carried: Carried | 'refused' | undefined
}

/**
 * One wildcard-free route per hook set: requests are sent to it by the name of the set, so that
 * Fastify's router never sees, decodes or refuses a client's path.
 */
export async function createFullLane(
  hookSets: ReadonlyMap<string, HookSet>,
  events: LaneEvents
): Promise<FullLane> {
  const entries = new WeakMap<IncomingMessage, Entry>()
  const entryOf = (req: IncomingMessage): Entry => entries.get(req) as Entry
  const intakeOf = (req: IncomingMessage): Intake => entryOf(req).intake
  const paths = new Map([...hookSets.keys()].map((name, index) => [name, `/hooks/${index}`]))
  const pathOf = ({ route }: Intake): string | undefined => paths.get(route.hooks)
  const app = createApp((req) => pathOf(intakeOf(req)) ?? '/')
  // What hooks answer by themselves passes nowhere else.
  app.addHook('onSend', async ({ raw: req }, { raw: res }) => events.closeIfLast(req, res))
  const { carry, failed } = createCarrier(entryOf, events)
  app.setErrorHandler((error, { raw: req }, reply) => {
    reply.hijack()
    failed(error, req, reply.raw)
  })
  const method = METHODS as HTTPMethods[]
  for (const [name, set] of hookSets) {
    const url = paths.get(name) ?? '/'
    const hooks = hooksOf(set, intakeOf, events)
    app.route({ method, url, ...hooks, handler: hookedHandler(set, carry) })
  }
  await app.ready()
  return {
    enter(req, res, intake, upgrade) {
      // Without hooks there is nothing for Fastify to do.
      if (pathOf(intake) === undefined) {
        carryPlain(events, { req, res, intake, upgrade })
        return
      }
      const entry: Entry = { intake, upgrade, carried: undefined }
      entries.set(req, entry)
      res.once('close', () => {
        if (entry.carried === undefined) events.onAnswered(req, res, intake.route)
      })
      app.routing(req, res)
    },
    close: () => app.close()
  }
}

function createApp(rewriteUrl: (req: IncomingMessage) => string): FastifyInstance {
  const app = fastify({ logger: false, exposeHeadRoutes: false, rewriteUrl })
  // No body is ever parsed here: it goes to the task as it comes.
  for (const method of METHODS) {
    app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  }
  app.decorateRequest('outgoing')
  app.decorateRequest('route')
  return app
}

/** Hands requests over when their hooks are done, and ends those whose hooks fail, each once. */
function createCarrier(entryOf: (req: IncomingMessage) => Entry, events: LaneEvents) {
  function failed(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    const entry = entryOf(req)
    const { carried, intake } = entry
    if (carried === 'refused') return
    if (carried !== undefined) {
      carried.fail('internal', events.onAnswerFault(error, req))
      return
    }
    entry.carried = 'refused'
    events.onFault(error, req, res, intake.route)
  }

  const carry: Carry = (req, res, hooked, reply) => {
    // The client left while the hooks were at work.
    if (res.destroyed) return
    const entry = entryOf(req)
    const { intake, upgrade } = entry
    const head = hooked.outgoing as HookedHead
    try {
      entry.carried = events.forward({ req, res, intake, upgrade, head, reply })
    } catch (error) {
      failed(error, req, res)
    }
  }
  return { carry, failed }
}

type Carry = (
  req: IncomingMessage,
  res: ServerResponse,
  hooked: FastifyRequest,
  reply: FastifyReply | undefined
) => void

/** Carries a request without hooks. */
function carryPlain(
  events: LaneEvents,
  { req, res, intake, upgrade }: Pick<HookedRequest, 'req' | 'res' | 'intake' | 'upgrade'>
): void {
  try {
    events.forward({ req, res, intake, upgrade, head: undefined, reply: undefined })
  } catch (error) {
    events.onFault(error, req, res, intake.route)
  }
}

/** Forwards when the hooks are done; the answer goes through Fastify only if they may change it. */
function hookedHandler({ onSend }: HookSet, carry: Carry) {
  return (request: FastifyRequest, reply: FastifyReply) => {
    if (onSend === undefined) reply.hijack()
    carry(request.raw, reply.raw, request, onSend === undefined ? undefined : reply)
    return reply
  }
}

/** As Fastify wants them: always asynchronous, since a hook that isn't would be waited for in vain. */
function hooksOf(
  { preHandler, onSend }: HookSet,
  intakeOf: (req: IncomingMessage) => Intake,
  { clientOf }: LaneEvents
) {
  return {
    async onRequest(request: FastifyRequest) {
      const { clean, route } = intakeOf(request.raw)
      const { method = '', rawHeaders } = request.raw
      request.outgoing = new HookedHead(method, clean.target, rawHeaders)
      request.route = route
      // Fastify asks the socket, which behind HAProxy knows nobody.
      Object.defineProperty(request, 'ip', { value: clientOf(request.raw) })
    },
    ...(preHandler && {
      preHandler: async (request: FastifyRequest, reply: FastifyReply) => preHandler(request, reply)
    }),
    ...(onSend && {
      async onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown) {
        const changed = await onSend(request, reply, payload)
        // It was the length of the task's body; Fastify knows that of a text or a buffer.
        if (changed !== undefined && changed !== payload) reply.removeHeader('content-length')
        return changed
      }
    })
  }
}
