import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import type { Picker, PickerMaker } from './balance/picker.ts'
import type { FaultFacts, FaultPlace } from './faults.ts'
import type { Attempt } from './http/upstream/ledger.ts'
import type { CompileResolver } from './model/compile.ts'
import type { EndpointNote } from './model/endpoint-note.ts'
import type { Explanation } from './model/explain.ts'
import type { Problem } from './model/problem.ts'
import type { Endpoint, Route, RouteId } from './model/route.ts'
import type { Steps } from './model/steps.ts'
import type { RequestFacts, Table } from './model/table.ts'
import type { Connections, NamedStats, Role, Stats } from './processes.ts'
import type { HeldLoss, Source } from './source.ts'

export type { Attempt, Connections, NamedStats, Picker, PickerMaker, Stats }

/** Turns snapshots into further routes. */
export interface Resolver extends CompileResolver {
  /** For what data can't say. Synchronous, called per request before the table; undefined passes on. */
  find?(request: RequestFacts): RouteId | undefined
}

/** A consumer of the table that moves traffic. Told of each swap after it happened. */
export interface Plane {
  readonly name: string
  /** Where `apply` is called: in the control process (the default), or in each that carries traffic. */
  readonly runsIn?: 'control' | 'traffic'
  apply(table: Table, previous: Table): void
  /** True, or the reason why this plane can't carry the route. */
  supports(route: Route): true | string
  /**
   * What of the table this plane can't carry, for operators. Pure; asked before each swap. A generator that
   * yields now and then does not hold the process while it looks at a large table.
   */
  problems?(table: Table): readonly Problem[] | Steps<readonly Problem[]>
}

/**
 * One finished request, of either lane; or what was refused before it was one: method and target are empty
 * then.
 */
export interface Outcome {
  readonly at: number
  readonly method: string
  readonly host: string | undefined
  readonly target: string
  readonly status: number
  /** GW_ code when the gateway answered itself or broke the answer off. */
  readonly code: string | undefined
  readonly route: Route | undefined
  readonly endpoint: Endpoint | undefined
  readonly attempts: readonly Attempt[]
  readonly durationMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly client: string
  /** The client went away before the answer was complete. */
  readonly aborted: boolean
}

/** The head that will be forwarded; hooks change it before an endpoint is chosen. */
export interface OutgoingHead {
  readonly method: string
  target: string
  get(name: string): string | undefined
  set(name: string, value: string): void
  remove(name: string): void
}

declare module 'fastify' {
  interface FastifyInstance {
    gateway: GatewayHost
  }
  interface FastifyRequest {
    /** Set on routes with hooks only. */
    outgoing: OutgoingHead
    /** The route this request was resolved to; set on routes with hooks only. */
    route: Route
  }
}

/**
 * A named set of hooks. A route asks for it by the label `gateway.hooks` or in a file.
 * A set with `onSend` gives up header case, 1xx and trailers of answers.
 */
export interface HookSet {
  preHandler?(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
  onSend?(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown>
}

/** What a plugin may add and ask, as `app.gateway`. What it added is undone when it closes. */
export interface GatewayHost {
  /** Parts of the gateway that run in this process. One worker: both. */
  readonly role: Role
  readonly log: FastifyBaseLogger
  source(source: Source): void
  resolver(resolver: Resolver): void
  picker(name: string, make: PickerMaker): void
  plane(plane: Plane): void
  hooks(name: string, set: HookSet): void
  observer(onOutcome: (outcome: Outcome) => void): void
  /** Adds routes to the admin side; `prefix` begins with a slash. */
  admin(prefix: string, routes: AdminRoutes): void

  /**
   * Adds text in Prometheus’ format to what `/metrics` of the plugin `metrics` answers, with names of its own.
   * `query` is what was asked with, checked to be harmless.
   */
  metrics(name: string, write: MetricsText): void

  /** What plugins added so far; complete once every plugin is registered (`onReady`). */
  readonly parts: Parts
  /** Says where the plugin listens, for the log and for who started the gateway. */
  listening(address: ListenAddress): void
  /** Tells the observers of a finished request. Never throws. */
  report(outcome: Outcome): void
  /**
   * Something failed and was outlived: logs and counts it. Never throws.
   * @returns the id in the log, for the answer to a client
   */
  fault(where: FaultPlace, error: unknown, facts?: FaultFacts): string
  /** Says for `explain` why an endpoint gets no requests for a while. */
  note(note: EndpointNote): void
  /** Aborts when a graceful stop begins; requests are still taken for `shutdown.delay`. */
  readonly stopping: AbortSignal
  /** Aborts when a graceful stop has used up its time: what still runs is to be cut. */
  readonly deadline: AbortSignal
  /** How long a graceful stop may take behind its delay: `shutdown.timeout`, ms. */
  readonly stopMs: number
  readonly connections: Connections
  /** Keeps numbers of this process; `read` is called whenever somebody asks. */
  stats(name: string, read: () => Stats): void
  /** The numbers of all processes, added up. */
  readStats(): Promise<NamedStats>

  /** The current table. Read it once per request. */
  readonly table: Table
  readonly problems: readonly Problem[]
  readonly status: GatewayStatus
  explain(facts: RequestFacts): Explanation
  /** Asks all sources for a fresh read. */
  refresh(reason: string): void
  /** The operator says that what sources no longer name is gone. @returns names of those that held something */
  letGo(): readonly string[]
  /** Calls back after each swap, with what changed in words. */
  onChange(listener: (change: TableChange) => void): void
}

/** Where something of the gateway listens. */
export interface ListenAddress {
  /** It is for operators alone: no route leads there, whatever address a task says it has. */
  readonly operators?: boolean
  /** `front door`, `admin side`… */
  readonly name: string
  readonly host: string
  readonly port: number
  /** A unix socket; host is empty and port 0 then. */
  readonly path?: string
}

/** Everything plugins may add, as a plane reads it. */
export interface Parts {
  readonly sources: ReadonlyMap<string, Source>
  readonly resolvers: readonly Resolver[]
  readonly pickers: ReadonlyMap<string, PickerMaker>
  readonly planes: readonly Plane[]
  readonly hookSets: ReadonlyMap<string, HookSet>
  readonly adminRoutes: ReadonlyMap<string, AdminRoutes>
  readonly metrics: ReadonlyMap<string, MetricsText>
}

/** Lines of the text format 0.0.4, each with its end. */
export type MetricsText = (query: string) => AsyncIterable<string | Uint8Array>

export type AdminRoutes = (admin: FastifyInstance) => void | Promise<void>

export interface TableChange {
  readonly at: number
  readonly table: Table
  readonly previous: Table
  /** One line each: `/myapp: +1 endpoint (127.0.0.12:31001)`. */
  readonly lines: readonly string[]
}

export interface GatewayStatus {
  /** A first table was published. */
  readonly ready: boolean
  readonly stopping: boolean
  readonly sources: readonly SourceStatus[]
}

export interface SourceStatus {
  readonly name: string
  /** When the last good snapshot was asked for, ms since 1970. */
  readonly takenAt: number | undefined
  /** Why the last read failed; undefined while all is well. */
  readonly failure: string | undefined
  /** What serves is what the state file of an earlier run had; the source has said nothing yet. */
  readonly stale: boolean
  /** What it no longer names, without a reason, serves on. */
  readonly held: HeldLoss | undefined
}

export interface GatewayPlugin<Options extends TObject = TObject> {
  readonly name: string
  /** Checked before `register`; unknown keys are refused. Each option has a default and a description. */
  readonly options: Options
  /** Labels `gateway.<name>.<key>`; their values arrive in `route.settings[name]`. */
  readonly labels?: TObject
  register(app: FastifyInstance, options: Static<Options>): void | Promise<void>
}

/** Types a plugin; the identity at run time. */
export function definePlugin<Options extends TObject>(
  plugin: GatewayPlugin<Options>
): GatewayPlugin<Options> {
  return plugin
}
