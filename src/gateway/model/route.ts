/** Routes and services are plain serialisable data, so that every plane and process can use them. */

export type RouteId = string
export type ServiceId = string

/** Where a fact came from: shown by explain. */
export interface Origin {
  readonly source: string
  /** App id; absent for what a file declares. */
  readonly app?: string
  /** The label that said it; absent for a default. */
  readonly label?: string
  /** File and line, `gateway-routes.yaml:12`. */
  readonly file?: string
}

/** One port of one task that may take traffic. */
export interface Endpoint {
  /** `taskId:portIndex`, unique in a table. */
  readonly id: string
  readonly taskId: string
  readonly host: string
  readonly port: number
  /** Agent the task runs on; equals `host` unless the task has an address of its own. */
  readonly agent: string
  /** Used only when no other endpoint of the service is left (an unreachable task). */
  readonly lastResort: boolean
  /** Value of the sticky cookie that leads here; empty when the service is not sticky. */
  readonly cookie: string
  /** What the app says its tasks have between SIGTERM and SIGKILL, ms. */
  readonly killGraceMs?: number
  /** Its source does not vouch for it: it may be gone, so a first connection to it has little time. */
  readonly unproven?: true
}

/** A task of the service that takes no traffic, and why. */
export interface LeftOut {
  readonly taskId: string
  readonly reason: string
  /** It is on its way: it may take traffic soon. */
  readonly isStarting?: true
}

export interface Timeouts {
  readonly connectMs?: number
  readonly firstByteMs?: number
  readonly idleMs?: number
}

/**
 * An active check of every endpoint, beside what Marathon says. `http`: GET the path, 2xx and 3xx are
 * well. `tcp`: an endpoint that takes a connection is well.
 */
export type Probe = (
  | {
      readonly kind: 'http'
      /** Path, maybe with a query, as it is sent. */
      readonly path: string
    }
  | { readonly kind: 'tcp' }
) & {
  /** From one probe of an endpoint to the next. */
  readonly intervalMs: number
  /** How long one probe may wait for its answer; at most the interval. */
  readonly timeoutMs: number
}

/** When an endpoint that fails takes no more requests; what is absent is the configuration's. */
export interface ServiceEjection {
  /** Failures in a row; 0: never. */
  readonly after?: number
  /** Statuses of answers that count as failures. */
  readonly statuses?: readonly number[]
}

/** What a route sends to: the endpoints of one app port, and the policy for them. */
export interface Service {
  readonly id: ServiceId
  readonly origin: Origin
  readonly endpoints: readonly Endpoint[]
  readonly leftOut: readonly LeftOut[]
  /** Name of a picker, `round-robin` unless said otherwise. */
  readonly picker: string
  /** What a hashing picker hashes. */
  readonly hashOn?: { readonly header?: string; readonly cookie?: string }
  /** Name of the sticky cookie; absent: not sticky. */
  readonly sticky?: string
  readonly timeouts: Timeouts
  /** Absent: the app asks for none, and Marathon's word alone counts. */
  readonly probe?: Probe
  readonly ejection?: ServiceEjection
  /** How long a new endpoint of the running service takes to get its full share, ms; 0: none. */
  readonly slowStartMs?: number
  /** How long requests wait for a task that is starting while there is no other, ms; 0: not at all. */
  readonly holdMs?: number
  /** The service port: Marathon's, or that of a label. Absent where guards would be passed by there. */
  readonly servicePort?: number
  /** How the listener of the service port shall be, where labels of marathon-lb say so. */
  readonly listener?: ServiceListener
}

export interface ServiceListener {
  /** `http`: requests are treated one by one, guards included. Absent: `tcp`, bytes both ways. */
  readonly mode?: 'tcp' | 'http'
  /** Address to bind. */
  readonly address?: string
  /** File with the certificate that it shows; the listener never opens without TLS then. */
  readonly certificate?: string
  /** Why the service has no `servicePort` although its app has one. */
  readonly withheld?: string
  /** Labels that said so, by fact. */
  readonly labels?: Readonly<Partial<Record<ListenerFact, string>>>
}

export type ListenerFact = 'port' | 'mode' | 'address' | 'certificate'

/** Everything has to fit; `host` absent means every host, also none. */
export interface Match {
  /** Normalised: exact, `*.example.com`, or `[::1]`. */
  readonly host?: string
  /** Normalised path key, `/` or `/a/b` without a slash at the end. */
  readonly path: string
  /** Lower-case header names with the exact value asked for. */
  readonly headers?: Readonly<Record<string, string>>
  readonly methods?: readonly string[]
}

export interface WeightedService {
  readonly service: ServiceId
  /** Share of the requests, whatever the number of endpoints; 0 takes none. */
  readonly weight: number
}

/** Who may enter, and how. Every part that is present must be met before anything else happens. */
export interface Guard {
  /** Addresses and CIDR networks, IPv4 and IPv6, of clients that may enter; others get 403. */
  readonly networks?: readonly string[]
  /** Basic authentication (RFC 7617). */
  readonly auth?: BasicAuth
  /** Requests that did not come over TLS are sent there. */
  readonly https?: 'redirect'
}

export interface BasicAuth {
  readonly realm: string
  /** Names are unique. Hashes are SHA-crypt texts, `$5$…` or `$6$…`. */
  readonly users: readonly { readonly name: string; readonly hash: string }[]
}

/** What is changed in a request or its answer on the way. */
export interface Rewrite {
  /** Host header that the task sees. */
  readonly host?: string
  /**
   * Path key whose segments are removed from targets below it; those elsewhere, and those with dot
   * segments, stay as they are.
   */
  readonly stripPath?: string
  /** A `Location` that is a path, alone or on one of these hosts, gets `path` in front. */
  readonly location?: { readonly vhosts: readonly string[]; readonly path: string }
  /** A request for exactly `/` is answered 301 with this `Location`. */
  readonly rootRedirect?: string
}

export interface Route {
  readonly id: RouteId
  readonly match: Match
  readonly services: readonly WeightedService[]
  /** Higher goes first among routes of one host and path. */
  readonly priority: number
  /** Remove the matched path segments from what is forwarded. */
  readonly strip: boolean
  readonly upgrade: 'websocket' | 'none'
  /** Name of a hook set; empty: none. */
  readonly hooks: string
  /** Set when a protective setting is wrong: the route answers 503 GW_GUARD_INVALID. */
  readonly closed?: string
  readonly guard?: Guard
  /** Seconds for `Strict-Transport-Security`, sent over TLS only (RFC 6797 §7.2). */
  readonly hsts?: number
  readonly rewrite?: Rewrite
  /** Values of plugin labels, by plugin name. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Where each fact came from, keyed by fact: `host`, `path`, `strip`, `service`, `weight`… */
  readonly origins: Readonly<Record<string, Origin>>
}

/** What a table is compiled from. */
export interface TableData {
  readonly routes: readonly Route[]
  readonly services: readonly Service[]
  /** Routes for requests that name an app by its id; none of them is in `routes`. */
  readonly appRoutes?: readonly AppRoute[]
  /** Where service ports lead whose listener speaks HTTP or is shared; not in `routes` either. */
  readonly portRoutes?: readonly PortRoute[]
}

/** How requests at the service port of a service are treated, and all services they go to. */
export interface PortRoute {
  /** The service that the port belongs to; the first of `route.services`. */
  readonly service: ServiceId
  readonly route: Route
}

/** Where `X-Marathon-App-Id` leads, on listeners that allow it. */
export interface AppRoute {
  readonly app: string
  readonly route: Route
}
