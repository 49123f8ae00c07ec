import { durationMs } from '../../gateway/config/duration.ts'
import { createReadBuffers } from '../../gateway/http/read-memory.ts'
import { trustedPeers } from '../../gateway/http/trusted-peers.ts'
import type { ForwardTools } from '../../gateway/http/upstream/forward-tools.ts'
import { createUpstreamClient } from '../../gateway/http/upstream/upstream-client.ts'
import { createWheel } from '../../gateway/http/upstream/wheel.ts'
import { endpointChanges } from '../../gateway/model/endpoint-changes.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import { createAdmission } from './admission.ts'
import { connectionText, createDateText } from './answer-text.ts'
import { type BalancingHost, createBalancing } from './balancing.ts'
import { bodyRulesOf } from './body-pace.ts'
import { createClientConnections } from './client-connections.ts'
import { closeIfLast, OwedAnswers } from './closing.ts'
import { createDepartures } from './departures.ts'
import { connectionsWithin, descriptorLimit } from './descriptor-limit.ts'
import type { ExchangeContext } from './exchange-context.ts'
import { tellExhaustion } from './exhaustion.ts'
import { createForwarder } from './forwarder.ts'
import {
  type BehindHaproxy,
  createFrontListeners,
  type FrontListener,
  httpsPort
} from './front-listeners.ts'
import type { Arrival } from './front-server.ts'
import { createFrontStop } from './front-stop.ts'
import { createFullLane } from './full-lane.ts'
import { FullVisit, type FullVisitTools, headOf } from './full-visit.ts'
import { createGuards } from './guards.ts'
import { isIntake } from './intake.ts'
import { createLaggards } from './laggards.ts'
import type { Bind } from './listeners.ts'
import { lookupFor } from './name-trouble.ts'
import type { ProxyOptions } from './options.ts'
import { createOutgoing } from './outgoing.ts'
import { createPeers, directPeer } from './peer.ts'
import { poolStats } from './pool-stats.ts'
import { createTimeouts } from './timeouts.ts'
import { createTunnels } from './tunnels.ts'
import { waitingRoomFor } from './waiting-room.ts'
import type { WireContext } from './wire/wire-context.ts'
import { createWireServer } from './wire/wire-server.ts'

const MAX_QUEUED_PER_ENDPOINT = 1024
/** Before the 5 s after which Node's own server closes; less where the task says so. */
const UPSTREAM_IDLE_MS = 4000
const WHEEL_TICK_MS = 100
/** What came past the HAProxy in front. */
const STRAY = { error: 'badRequest' } as const
/** Of a request that failed, in the log. */
const LONGEST_TARGET = 1024

/** The proxy plane: takes requests in, and forwards them by the current table. */
export interface FrontDoor {
  apply(table: Table, previous: Table): void
  /** Binds all listeners, unless another process does. @returns where they ended up */
  open(): Promise<Bind[]>
  /** Stops accepting, lets requests finish until the deadline, closes everything. */
  close(deadline: AbortSignal): Promise<void>
}

/** What the front door asks of the gateway; without a role it is alone. */
export type FrontDoorHost = BalancingHost &
  Pick<GatewayHost, 'table' | 'report'> &
  Partial<Pick<GatewayHost, 'role' | 'connections' | 'refresh' | 'stopping' | 'stopMs'>>

/** @param behind sockets to listen at instead of the ports of the options */
export async function createFrontDoor(
  host: FrontDoorHost,
  options: ProxyOptions,
  behind?: BehindHaproxy
): Promise<FrontDoor> {
  const wheel = createWheel(WHEEL_TICK_MS)
  const laggards = createLaggards({
    share: Math.ceil(options.maxConnectionsPerEndpoint / 2),
    wheel,
    now: Date.now
  })
  const client = createUpstreamClient({
    maxConnectionsPerEndpoint: options.maxConnectionsPerEndpoint,
    maxQueuedPerEndpoint: MAX_QUEUED_PER_ENDPOINT,
    idleTimeoutMs: UPSTREAM_IDLE_MS,
    maxHeadBytes: options.maxHeadBytes,
    drain: {
      requestMs: durationMs(options.drain.requests),
      streamMs: durationMs(options.drain.streams)
    },
    onQueued: laggards.press,
    lookup: lookupFor(host.log)
  })
  const balancing = createBalancing(host, options, { wheel, probes: behind === undefined })
  const { balancer } = balancing
  const trusted = trustedPeers(options.trustedProxies)
  const peers = createPeers(trusted)
  const guards = createGuards(trusted)
  const bodyRules = bodyRulesOf(options, laggards.areMany)
  const tunnels = createTunnels(wheel, durationMs(options.drain.streams))
  let table: Table | undefined
  const stop = createFrontStop(host, options, wheel, () => {
    tunnels.dismissAll()
    client.cutStreams()
  })
  const owed = new OwedAnswers()
  const noteFault = (error: unknown, target: string): string =>
    host.fault('request', error, { target: target.slice(0, LONGEST_TARGET) })
  const mostOfAll = options.maxConnections || connectionsWithin(descriptorLimit())
  const exhaustion = { log: host.log, wheel, maxConnections: mostOfAll }
  const report = tellExhaustion((outcome) => host.report(outcome), exhaustion)
  const context: ExchangeContext = {
    balancer,
    departures: createDepartures(),
    laggards,
    body: { wheel, bodyRules },
    tunnels,
    tunnelIdleMs: durationMs(options.timeout.tunnel),
    closeIfLast: closeIfLast(stop.isOn, owed),
    report,
    noteFault
  }
  const outgoing = createOutgoing({
    timeoutsOf: createTimeouts(options.timeout),
    ownHost: options.hostHeader === 'endpoint',
    table: () => table ?? host.table
  })
  const { maxTargetBytes, maxFields, maxConnectionsPerClient: mostOfOne } = options
  const room = waitingRoomFor(options.hold, wheel, () => table ?? host.table, host.refresh)
  const tools: ForwardTools = {
    client,
    settings: { maxAttempts: options.attempts, replayBytes: options.replayBytes },
    now: Date.now,
    keeper: balancer,
    room
  }
  const admission = createAdmission({
    resolvers: host.parts.resolvers,
    guards,
    maxTargetBytes,
    maxFields,
    httpsPort: httpsPort(options, behind),
    noteFault
  })
  const keepAliveMs = durationMs(options.timeout.keepAlive)
  const texts = { ...connectionText(keepAliveMs), date: createDateText(Date.now) }
  const visits: FullVisitTools = {
    peers,
    lane: () => lane,
    closeIfLast: context.closeIfLast,
    report: context.report
  }
  const lane = await createFullLane(host.parts.hookSets, {
    clientOf: (req) => peers.of(req).address,
    closeIfLast: context.closeIfLast,
    forward: createForwarder({
      context,
      tools,
      outgoing,
      texts,
      peerOf: peers.of
    }),
    onFault(error, req, res, route) {
      const id = noteFault(error, req.url ?? '')
      new FullVisit(visits, req, res, false).refuse('internal', route, id)
    },
    onAnswerFault: (error, req) => noteFault(error, req.url ?? ''),
    onAnswered: (req, res, route) => new FullVisit(visits, req, res, false).answered(route)
  })
  function arrive({ req, res, upgrade }: Arrival, listener: FrontListener): void {
    const visit = new FullVisit(visits, req, res, upgrade)
    try {
      // HAProxy reads chunks for clients of HTTP/1.0, too, and a unix socket can't be reset.
      if (listener.behindHaproxy) res.useChunkedEncodingByDefault = true
      const isStray = listener.behindHaproxy && !peers.unwrap(req)
      admission.admit(visit, isStray ? STRAY : admission.take(headOf(req), listener))
    } catch (error) {
      visit.refuse('internal', undefined, noteFault(error, req.url ?? ''))
    }
  }

  const clients = createClientConnections({ mostOfOne, mostOfAll, trusted, report })
  const { admit, onRefused } = clients
  const buffers = createReadBuffers()
  const wireContext = (listener: FrontListener): WireContext => ({
    admission,
    balancer,
    tools,
    outgoing,
    bodyRules,
    laggards,
    limits: {
      headTimeoutMs: durationMs(options.timeout.head),
      keepAliveMs,
      maxHeadBytes: options.maxHeadBytes / 2,
      maxFields
    },
    texts,
    headsOnly: options.lane === 'full',
    listener,
    wheel,
    buffers,
    stopping: stop.isOn,
    report: context.report,
    noteFault,
    onRefused
  })
  const passed = host.role === 'traffic' ? host.connections : undefined
  const listeners = createFrontListeners(options, behind, passed, {
    owed,
    // While it stops: whether an answer is the last of its connection shows when the whole packet was read.
    onRequest: (arrival, listener) =>
      stop.isOn() ? void setImmediate(arrive, arrival, listener) : arrive(arrival, listener),
    allowsUpgrade(req, listener) {
      const taken = admission.take(headOf(req), listener)
      return isIntake(taken) && taken.route.upgrade === 'websocket'
    },
    onRefused,
    onAcceptFailed: (error) => host.fault('process', error),
    admit,
    wire: (listener, server) =>
      listener.behindHaproxy
        ? undefined
        : createWireServer(wireContext(listener), server, (socket) => directPeer(socket, trusted))
  })
  host.stats('proxy', () => ({
    ...{ ...clients.stats(), ...room.stats, tunnels: listeners.tunnels },
    ...poolStats(client.stats())
  }))
  return {
    apply(next, previous) {
      const changes = endpointChanges(previous, next)
      table = next
      balancing.apply(next, changes)
      client.follow(changes)
      tunnels.follow(changes)
      admission.apply(next)
      room.tableChanged()
    },
    open: () => listeners.open(),
    async close(deadline) {
      stop.begin()
      await listeners.close(deadline)
      await lane.close()
      balancing.close()
      wheel.stop()
      client.destroy()
      await guards.close()
    }
  }
}
