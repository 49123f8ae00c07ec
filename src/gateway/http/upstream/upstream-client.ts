import type { LookupFunction } from 'node:net'
import { type EndpointChanges, isSameAddress } from '../../model/endpoint-changes.ts'
import type { Endpoint } from '../../model/route.ts'
import { createReadBuffers } from '../read-memory.ts'
import type { ConnectionTools } from './connection-tools.ts'
import { type DrainSettings, EndpointPool, type PoolSettings } from './endpoint-pool.ts'
import type { Exchange, ExchangeHandler, UpstreamRequest } from './exchange.ts'
import { createReadTurns } from './read-turns.ts'
import { TaskExchange } from './task-exchange.ts'
import { createTaskLookup } from './task-lookup.ts'
import { createWheel } from './wheel.ts'

export interface UpstreamSettings {
  /** Connections to one endpoint, 1024 by default. */
  readonly maxConnectionsPerEndpoint: number
  /** Requests that wait for one of them, 1024 by default; more fail with `pool-full`. */
  readonly maxQueuedPerEndpoint: number
  /**
   * Idle connections are closed after this, ms; 4000 by default, which is before the 5 s of Node's own
   * server. Less where the task's Keep-Alive field, or a connection it closed, tells of less.
   */
  readonly idleTimeoutMs: number
  /** What endpoints that left the table may still do; a minute by default, half of it for streams. */
  readonly drain: DrainSettings
  /** A request waits for a connection to this endpoint, since all are taken. */
  onQueued?(endpoint: Endpoint): void
  /** Finds the addresses of agents that are known by name; by default those of the system. */
  readonly lookup?: LookupFunction
  /** Bytes of an answer's head, 32 KiB by default; trailers may have half of it. */
  readonly maxHeadBytes: number
}

export const defaultUpstreamSettings: UpstreamSettings = {
  maxConnectionsPerEndpoint: 1024,
  maxQueuedPerEndpoint: 1024,
  idleTimeoutMs: 4000,
  maxHeadBytes: 32_768,
  drain: { requestMs: 60_000, streamMs: 30_000 }
}

/** An exchange that can also say how far it came: for ledgers. */
export interface MeasuredExchange extends Exchange {
  readonly reused: boolean
  readonly bytesSent: number
  readonly bytesRead: number
}

export interface EndpointStats {
  readonly endpoint: Endpoint
  readonly connections: number
  readonly idle: number
  readonly inFlight: number
  readonly queued: number
}

/** The one client that talks HTTP/1.1 to tasks. */
export interface UpstreamClient {
  /**
   * Sends a request. No callback comes before this returns.
   *
   * @param options.fresh never on a connection that carried a request before
   */
  send(
    endpoint: Endpoint,
    request: UpstreamRequest,
    handler: ExchangeHandler,
    options?: { readonly fresh?: boolean }
  ): MeasuredExchange
  /**
   * Another table is current. Pools of endpoints that left it drain: idle connections close and requests that
   * were not sent yet fail at once, those in flight finish within the time of `drain`, then the pool goes.
   * Tunnels belong to whoever took them over.
   */
  follow(changes: EndpointChanges): void
  /** This process can open no more connections: closes a few idle ones. @returns false: there were none */
  makeRoom(): boolean
  stats(): EndpointStats[]
  /** Breaks off answers that are not meant to end. */
  cutStreams(): void
  /** Takes no more requests; idle connections close at once; settles when nothing is in flight. */
  close(): Promise<void>
  /** Ends everything at once; requests in flight fail with `pool-closed`. */
  destroy(): void
}

const TICK_MS = 100
const MAX_FIELDS = 200
const MAX_INFORMATIONAL = 100
/** How many endpoints that left are remembered. */
const MAX_LEFT = 10_000
/** Idle connections that give way at once. */
const ROOM = 8

export function createUpstreamClient(settings: UpstreamSettings): UpstreamClient {
  return new PooledClient(settings)
}

class PooledClient implements UpstreamClient {
  readonly #poolSettings: PoolSettings
  readonly #wheel = createWheel(TICK_MS)
  readonly #tools: ConnectionTools
  /** By endpoint id. */
  readonly #pools = new Map<string, EndpointPool>()
  /** Replaced under their id by a pool for another address; still finishing. */
  readonly #leaving = new Set<EndpointPool>()
  readonly #onClosed: (() => void)[] = []
  #closed = false
  /** Ids of endpoints that left, the latest last: requests with an older table may still ask for them. */
  readonly #left = new Set<string>()

  constructor(settings: UpstreamSettings) {
    this.#poolSettings = {
      maxConnections: settings.maxConnectionsPerEndpoint,
      maxQueued: settings.maxQueuedPerEndpoint,
      idleTimeoutMs: settings.idleTimeoutMs,
      drain: settings.drain,
      onQueued: (endpoint) => settings.onQueued?.(endpoint)
    }
    this.#tools = {
      wheel: this.#wheel,
      buffers: createReadBuffers(),
      turns: createReadTurns(),
      lookup: settings.lookup ?? createTaskLookup(),
      limits: {
        maxHeadBytes: settings.maxHeadBytes,
        maxTrailerBytes: Math.ceil(settings.maxHeadBytes / 2),
        maxFields: MAX_FIELDS,
        maxInformational: MAX_INFORMATIONAL
      }
    }
  }

  send(
    endpoint: Endpoint,
    request: UpstreamRequest,
    handler: ExchangeHandler,
    options?: { readonly fresh?: boolean }
  ): MeasuredExchange {
    const exchange = new TaskExchange(request, handler, endpoint, options)
    if (this.#closed) exchange.failSoon('pool-closed')
    else this.#poolOf(endpoint).send(exchange)
    return exchange
  }

  follow({ left, joined }: EndpointChanges): void {
    for (const endpoint of left()) {
      this.#remember(endpoint.id)
      const pool = this.#pools.get(endpoint.id)
      if (pool !== undefined && isSameAddress(pool.endpoint, endpoint)) pool.leave()
    }
    if (this.#pools.size + this.#left.size === 0) return
    for (const endpoint of joined()) {
      this.#left.delete(endpoint.id)
      const pool = this.#pools.get(endpoint.id)
      if (pool !== undefined && isSameAddress(pool.endpoint, endpoint)) pool.keep()
    }
  }

  makeRoom(): boolean {
    let due = ROOM
    for (const pool of this.#pools.values()) {
      if (due > 0) due -= pool.closeIdle(due)
    }
    return due < ROOM
  }

  #remember(id: string): void {
    this.#left.delete(id)
    this.#left.add(id)
    if (this.#left.size <= MAX_LEFT) return
    for (const oldest of this.#left) {
      this.#left.delete(oldest)
      return
    }
  }

  stats(): EndpointStats[] {
    const pools = [...this.#pools.values(), ...this.#leaving]
    return pools.map((pool) => ({ endpoint: pool.endpoint, ...pool.stats }))
  }

  cutStreams(): void {
    for (const pool of [...this.#pools.values(), ...this.#leaving]) pool.cut('streams')
  }

  close(): Promise<void> {
    this.#closed = true
    for (const pool of [...this.#pools.values()]) pool.drain()
    return new Promise((resolve) => {
      this.#onClosed.push(resolve)
      this.#checkClosed()
    })
  }

  destroy(): void {
    this.#closed = true
    for (const pool of [...this.#pools.values(), ...this.#leaving]) pool.destroy()
    this.#wheel.stop()
    this.#checkClosed()
  }

  #poolOf(endpoint: Endpoint): EndpointPool {
    const known = this.#pools.get(endpoint.id)
    if (known !== undefined && isSameAddress(known.endpoint, endpoint)) return known
    const pool = new EndpointPool(endpoint, this.#poolSettings, this.#tools, (empty) =>
      this.#forget(empty)
    )
    if (known !== undefined) this.#leaving.add(known)
    this.#pools.set(endpoint.id, pool)
    known?.leave()
    if (this.#left.has(endpoint.id)) pool.leave()
    return pool
  }

  #forget(pool: EndpointPool): void {
    this.#leaving.delete(pool)
    if (this.#pools.get(pool.endpoint.id) === pool) this.#pools.delete(pool.endpoint.id)
    this.#checkClosed()
  }

  #checkClosed(): void {
    if (!this.#closed || this.#pools.size > 0 || this.#leaving.size > 0) return
    for (const resolve of this.#onClosed.splice(0)) resolve()
  }
}
