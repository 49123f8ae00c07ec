import type { Endpoint } from '../../model/route.ts'
import { Connection } from './connection.ts'
import type { ConnectionOwner, ConnectionTools } from './connection-tools.ts'
import type { Carrier, TaskExchange } from './task-exchange.ts'
import type { Timer } from './wheel.ts'

export interface PoolSettings {
  readonly maxConnections: number
  readonly maxQueued: number
  /** Longest time a connection waits for its next request, ms. */
  readonly idleTimeoutMs: number
  /** A request waits for a connection, since all are taken. */
  onQueued(endpoint: Endpoint): void
  readonly drain: DrainSettings
}

/** How long what runs may go on when its endpoint has left the table, ms. */
export interface DrainSettings {
  /** A request, where the app doesn't say how long its tasks have between SIGTERM and SIGKILL. */
  readonly requestMs: number
  /** An answer that is not meant to end. */
  readonly streamMs: number
}

/** Retiring this much before the task does leaves no request on a connection that is about to close. */
const MARGIN_MS = 1000
const SHORTEST_IDLE_MS = 250
/** Behind SIGKILL: what the task's end says of its requests is more than what ours would. */
const KILL_MARGIN_MS = 1000
/** An endpoint that nobody vouches for shows with its first connection that it is there, ms. */
const UNPROVEN_CONNECT_MS = 1000

/**
 * The connections to one endpoint: newest idle first, bounded, and a bounded queue in order of
 * arrival behind them. A draining pool still serves whoever comes, but keeps nothing.
 */
export class EndpointPool implements ConnectionOwner, Carrier {
  readonly endpoint: Endpoint
  readonly #settings: PoolSettings
  readonly #tools: ConnectionTools
  readonly #onEmpty: (pool: EndpointPool) => void
  readonly #connections = new Set<Connection>()
  /** Newest last. */
  readonly #idle: Connection[] = []
  readonly #queue = new Map<TaskExchange, Timer>()
  #idleMs: number
  #draining = false
  readonly #requestsEnd: Timer = { deadline: 0, slot: 0, expire: () => this.cut('requests') }
  readonly #streamsEnd: Timer = { deadline: 0, slot: 0, expire: () => this.cut('streams') }
  #proven: boolean

  constructor(
    endpoint: Endpoint,
    settings: PoolSettings,
    tools: ConnectionTools,
    onEmpty: (pool: EndpointPool) => void
  ) {
    this.endpoint = endpoint
    this.#settings = settings
    this.#tools = tools
    this.#onEmpty = onEmpty
    this.#idleMs = settings.idleTimeoutMs
    this.#proven = endpoint.unproven !== true
  }

  get connectMs(): number {
    return this.#proven ? Number.POSITIVE_INFINITY : UNPROVEN_CONNECT_MS
  }

  get stats(): { connections: number; idle: number; inFlight: number; queued: number } {
    const connections = this.#connections.size
    const idle = this.#idle.length
    return { connections, idle, inFlight: connections - idle, queued: this.#queue.size }
  }

  send(exchange: TaskExchange): void {
    const idle = exchange.fresh ? undefined : this.#idle.pop()
    if (idle !== undefined) idle.carry(exchange)
    else if (this.#makeRoom()) this.#open(exchange)
    else if (this.#queue.size < this.#settings.maxQueued) this.#enqueue(exchange)
    else exchange.failSoon('pool-full')
  }

  /** Idle connections close now, the others after their exchange; then `onEmpty`. */
  drain(): void {
    this.#draining = true
    this.closeIdle(this.#idle.length)
    this.#checkEmpty()
  }

  /** Closes so many idle connections at most, the oldest first. @returns how many */
  closeIdle(most: number): number {
    const closed = this.#idle.slice(0, most).map((idle) => idle.destroy('pool-closed'))
    return closed.length
  }

  /**
   * The endpoint left the table. What was not sent yet goes elsewhere, what runs has its time to finish.
   * Once more is the same as once.
   */
  leave(): void {
    if (this.#draining) return
    const { endpoint } = this
    const { wheel } = this.#tools
    const { requestMs, streamMs } = this.#settings.drain
    const { killGraceMs } = endpoint
    wheel.arm(
      this.#requestsEnd,
      killGraceMs === undefined ? requestMs : killGraceMs + KILL_MARGIN_MS
    )
    wheel.arm(this.#streamsEnd, streamMs)
    this.#draining = true
    for (const exchange of [...this.#queue.keys()]) {
      this.drop(exchange)
      exchange.fail('drained')
    }
    for (const connection of [...this.#connections]) {
      if (!connection.connected) connection.destroy('drained')
    }
    this.drain()
  }

  /** The endpoint is back before it was gone. */
  keep(): void {
    if (!this.#draining) return
    this.#draining = false
    this.#disarm()
  }

  /** Everything ends now. */
  destroy(): void {
    this.#draining = true
    for (const exchange of [...this.#queue.keys()]) {
      this.drop(exchange)
      exchange.fail('pool-closed')
    }
    for (const connection of [...this.#connections]) connection.destroy('pool-closed')
    this.#checkEmpty()
  }

  idle(connection: Connection, keepAliveMs: number | undefined): void {
    this.#proven = true
    if (keepAliveMs !== undefined) this.#learn(keepAliveMs - MARGIN_MS)
    const waiting = this.#queue.keys().next().value
    if (waiting?.fresh === true) {
      // It can't ride here: `gone` opens another connection for it.
      connection.destroy('pool-closed')
      return
    }
    const next = this.#dequeue()
    if (next !== undefined) {
      connection.carry(next)
    } else if (this.#draining || this.#idleMs <= 0) {
      connection.destroy('pool-closed')
    } else {
      this.#idle.push(connection)
      connection.park(this.#idleMs)
    }
  }

  closedIdle(idleMs: number): void {
    // A close right after an answer is a task that stops, not a task's patience.
    if (idleMs >= MARGIN_MS) this.#learn(Math.max(SHORTEST_IDLE_MS, idleMs - MARGIN_MS))
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
    if (this.#connections.size < this.#settings.maxConnections) {
      const next = this.#dequeue()
      if (next !== undefined) this.#open(next)
    }
    this.#checkEmpty()
  }

  /** An exchange leaves the queue. */
  drop(exchange: TaskExchange): void {
    const timer = this.#queue.get(exchange)
    if (timer === undefined) return
    this.#tools.wheel.disarm(timer)
    this.#queue.delete(exchange)
    this.#checkEmpty()
  }

  touch(): void {}

  resume(): void {}

  #open(exchange: TaskExchange): void {
    try {
      this.#connections.add(new Connection(this.endpoint, exchange, this, this.#tools))
    } catch (cause) {
      exchange.carrier = undefined
      exchange.failSoon('unreachable', cause)
    }
  }

  /** True when one more connection may be opened; an idle one that can't serve gives way. */
  #makeRoom(): boolean {
    if (this.#connections.size < this.#settings.maxConnections) return true
    this.#idle[0]?.destroy('pool-closed')
    return this.#connections.size < this.#settings.maxConnections
  }

  #enqueue(exchange: TaskExchange): void {
    const timer: Timer = {
      deadline: 0,
      slot: 0,
      expire: () => {
        this.drop(exchange)
        exchange.fail('pool-full')
      }
    }
    exchange.carrier = this
    this.#queue.set(exchange, timer)
    this.#tools.wheel.arm(timer, exchange.request.timeouts.connectMs)
    this.#settings.onQueued(this.endpoint)
  }

  #dequeue(): TaskExchange | undefined {
    for (const [exchange, timer] of this.#queue) {
      this.#tools.wheel.disarm(timer)
      this.#queue.delete(exchange)
      return exchange
    }
    return undefined
  }

  #learn(idleMs: number): void {
    this.#idleMs = Math.min(this.#idleMs, idleMs)
  }

  cut(what: 'requests' | 'streams'): void {
    for (const connection of [...this.#connections]) {
      if (connection.endless === (what === 'streams')) connection.destroy('drained')
    }
  }

  #disarm(): void {
    this.#tools.wheel.disarm(this.#requestsEnd)
    this.#tools.wheel.disarm(this.#streamsEnd)
  }

  #checkEmpty(): void {
    if (!this.#draining || this.#connections.size > 0 || this.#queue.size > 0) return
    this.#disarm()
    this.#onEmpty(this)
  }
}
