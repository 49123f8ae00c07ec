import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import { type Balancer, createBalancer } from '../../gateway/balance/balancer.ts'
import { containPickers } from '../../gateway/balance/contained-pickers.ts'
import { durationMs } from '../../gateway/config/duration.ts'
import { type GatewayErrorName, gatewayErrors } from '../../gateway/http/errors.ts'
import { trustedPeers } from '../../gateway/http/trusted-peers.ts'
import { createUpstreamClient } from '../../gateway/http/upstream/upstream-client.ts'
import type { HostLookup } from '../../gateway/model/resolve.ts'
import { isRoot } from '../../gateway/model/rewrite.ts'
import type { Endpoint, Route } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import type { ExchangeContext } from './client-exchange.ts'
import { createForwarder } from './forwarder.ts'
import {
  type BehindHaproxy,
  createFrontListeners,
  type FrontListener,
  httpsPort
} from './front-listeners.ts'
import type { Arrival } from './front-server.ts'
import { createFullLane } from './full-lane.ts'
import { createGuards, type Refusal } from './guards.ts'
import { type Intake, isIntake, SERVER_OPTIONS, takeIn } from './intake.ts'
import type { Bind } from './listeners.ts'
import type { ProxyOptions } from './options.ts'
import {
  answerError,
  answerMoved,
  answerServerOptions,
  challengeOf,
  httpsLocation
} from './own-answer.ts'
import { createPeers } from './peer.ts'
import { createTimeouts } from './timeouts.ts'

/** Strangers' hosts that are remembered per table; the least recent goes first. */
const REMEMBERED_HOSTS = 10_000
const MAX_QUEUED_PER_ENDPOINT = 1024
/** `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`, on top of a client's fields. */
const HAPROXY_ADDS_FIELDS = 4
/** Before the 5 s after which Node's own server closes; less where the task says so. */
const UPSTREAM_IDLE_MS = 4000

/** The proxy plane: takes requests in, and forwards them by the current table. */
export interface FrontDoor {
  apply(table: Table): void
  /** Binds all listeners. @returns where they ended up */
  open(): Promise<Bind[]>
  /** Stops accepting, lets requests finish until the deadline, closes everything. */
  close(deadline: AbortSignal): Promise<void>
}

/** What the front door asks of the gateway. */
export type FrontDoorHost = Pick<GatewayHost, 'log' | 'parts' | 'table' | 'report'>

/** @param behind sockets to listen at instead of the ports of the options */
export async function createFrontDoor(
  host: FrontDoorHost,
  options: ProxyOptions,
  behind?: BehindHaproxy
): Promise<FrontDoor> {
  const client = createUpstreamClient({
    maxConnectionsPerEndpoint: options.maxConnectionsPerEndpoint,
    maxQueuedPerEndpoint: MAX_QUEUED_PER_ENDPOINT,
    idleTimeoutMs: UPSTREAM_IDLE_MS,
    maxHeadBytes: options.maxHeadBytes
  })
  const pickers = containPickers(host.parts.pickers, (picker, error) =>
    host.log.error({ err: error, picker }, 'a picker failed; round robin chooses instead')
  )
  const balancer: Balancer = createBalancer({ pickers, random: Math.random })
  const trusted = trustedPeers(options.trustedProxies)
  const peers = createPeers(trusted)
  const guards = createGuards(trusted)
  const context: ExchangeContext = {
    balancer,
    tunnelIdleMs: durationMs(options.timeout.tunnel),
    stopping: () => stopping,
    report: (outcome) => host.report(outcome)
  }
  let table: Table | undefined
  let hostCache = new LRUCache<string, HostLookup>({ max: REMEMBERED_HOSTS })
  let stopping = false

  const forward = createForwarder({
    context,
    client,
    table: () => table ?? host.table,
    timeoutsOf: createTimeouts({
      connectMs: durationMs(options.timeout.connect),
      firstByteMs: durationMs(options.timeout.firstByte),
      idleMs: durationMs(options.timeout.idle)
    }),
    peers,
    ownHost: options.hostHeader === 'endpoint',
    maxAttempts: options.attempts,
    replayBytes: options.replayBytes
  })
  const lane = await createFullLane(host.parts.hookSets, {
    clientOf: (req) => peers.of(req).address,
    forward,
    onFault: (error, req, res, route) => {
      noteFault(error, req)
      refuse(req, res, 'internal', route)
    },
    onAnswerFault: noteFault,
    onAnswered: (req, res, route) => report(req, res, { route })
  })
  const resolvers = host.parts.resolvers.filter(({ find }) => find !== undefined)
  const { maxTargetBytes, maxFields } = options
  const ownLimits = { maxTargetBytes, maxFields }
  const haproxyLimits = { maxTargetBytes, maxFields: maxFields + HAPROXY_ADDS_FIELDS }

  function refuse(
    req: IncomingMessage,
    res: ServerResponse,
    name: GatewayErrorName,
    route?: Route
  ): void {
    if (stopping) res.shouldKeepAlive = false
    if (res.headersSent) res.destroy()
    else answerError(req, res, name, challengeOf(name, route))
    report(req, res, { code: gatewayErrors[name].code, route })
  }

  function noteFault(error: unknown, req: IncomingMessage): void {
    host.log.error({ err: error, target: req.url }, 'a request failed inside the gateway')
  }

  function report(
    req: IncomingMessage,
    res: ServerResponse,
    known: { readonly code?: string; readonly route: Route | undefined; readonly aborted?: true }
  ): void {
    host.report({
      at: Date.now(),
      method: req.method ?? '',
      host: req.headers.host,
      target: req.url ?? '',
      status: res.statusCode,
      code: known.code,
      route: known.route,
      endpoint: undefined,
      attempts: [],
      durationMs: 0,
      bytesIn: 0,
      bytesOut: 0,
      client: peers.of(req).address,
      aborted: known.aborted ?? false
    })
  }

  /** A resolver of a plugin that throws fails its request, whichever way that came in. */
  function take(
    req: IncomingMessage,
    { appIdHeader, behindHaproxy }: FrontListener
  ): ReturnType<typeof takeIn> {
    if (table === undefined) return { error: 'noTable' }
    try {
      const limits = behindHaproxy ? haproxyLimits : ownLimits
      return takeIn(req, { table, hostCache, resolvers, limits, appIdHeader })
    } catch (error) {
      noteFault(error, req)
      return { error: 'internal' }
    }
  }

  function arrive({ req, res, upgrade }: Arrival, listener: FrontListener): void {
    // HAProxy reads chunks for clients of HTTP/1.0, too, and a unix socket can't be reset.
    if (listener.behindHaproxy) res.useChunkedEncodingByDefault = true
    const isStray = listener.behindHaproxy && !peers.unwrap(req)
    const taken = isStray ? ({ error: 'badRequest' } as const) : take(req, listener)
    if (taken === SERVER_OPTIONS) answerServerOptions(res)
    else if ('error' in taken) refuse(req, res, taken.error)
    else if (taken.route.closed !== undefined) refuse(req, res, 'guardInvalid', taken.route)
    else if (taken.route.guard === undefined) pass(req, res, taken, upgrade)
    else guard(req, res, taken, upgrade)
  }

  /** The guards of a route stand before its hooks and before any upgrade. */
  function guard(req: IncomingMessage, res: ServerResponse, taken: Intake, upgrade: boolean): void {
    const { route } = taken
    const refusal = guards.refusalOf(route.guard ?? {}, req, peers.of(req))
    const decide = (name: Refusal): void => {
      if (res.destroyed) report(req, res, { route, aborted: true })
      else if (name === 'insecure') turnToHttps(req, res, taken)
      else if (name !== undefined) refuse(req, res, name, route)
      else pass(req, res, taken, upgrade)
    }
    const failed = (error: unknown): void => {
      noteFault(error, req)
      refuse(req, res, 'internal', route)
    }
    if (refusal instanceof Promise) void refusal.then(decide).catch(failed)
    else decide(refusal)
  }

  function pass(req: IncomingMessage, res: ServerResponse, taken: Intake, upgrade: boolean): void {
    const { route, clean } = taken
    const moved = route.rewrite?.rootRedirect
    if (moved === undefined || !isRoot(clean.target)) lane.enter(req, res, taken, upgrade)
    else move(req, res, route, moved)
  }

  /** Where somebody in front has TLS; without, nothing is served in the clear either. */
  function turnToHttps(req: IncomingMessage, res: ServerResponse, { clean, route }: Intake): void {
    const location = httpsLocation(clean, httpsPort(options, behind))
    if (location === undefined) refuse(req, res, 'guardInvalid', route)
    else move(req, res, route, location)
  }

  function move(req: IncomingMessage, res: ServerResponse, route: Route, location: string): void {
    if (stopping) res.shouldKeepAlive = false
    answerMoved(req, res, location)
    report(req, res, { route })
  }

  const listeners = createFrontListeners(options, behind, {
    onRequest: arrive,
    allowsUpgrade(req, listener) {
      const taken = take(req, listener)
      return isIntake(taken) && taken.route.upgrade === 'websocket'
    },
    onRefused: (name, peer) => host.log.debug({ name, peer }, 'a malformed request was refused')
  })
  return {
    apply(next) {
      table = next
      balancer.apply(next)
      client.retain(endpointsOf(next))
      hostCache = new LRUCache({ max: REMEMBERED_HOSTS })
    },
    open: () => listeners.open(),
    async close(deadline) {
      stopping = true
      await listeners.close(deadline)
      await lane.close()
      client.destroy()
      await guards.close()
    }
  }
}

function* endpointsOf(table: Table): Iterable<Endpoint> {
  for (const service of table.services.values()) yield* service.endpoints
}
