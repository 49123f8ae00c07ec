import type { ListenerFact, RouteId } from '../../../gateway/model/route.ts'
import { isAddress, isFilePath, isNetwork, isPort } from './words.ts'

/** A socket that HAProxy listens on for HTTP. */
export interface Bind {
  /** An address; empty: all addresses, IPv6 and IPv4. */
  readonly host: string
  readonly port: number
  /** Obey `X-Marathon-App-Id` on this listener. */
  readonly appIdHeader: boolean
}

/** What the operator says. None of it comes from labels. */
export interface RenderOptions {
  readonly binds: readonly Bind[]
  /** A TLS listener; certificates are files or folders of PEM with key, as `crt` of HAProxy takes them. */
  readonly tls?: Bind & { readonly certificates: readonly string[] }
  /** Addresses or networks whose `X-Forwarded-*` are believed. */
  readonly trustedProxies: readonly string[]
  readonly timeouts: RenderTimeouts
  /** Most tasks that are tried for one request. */
  readonly attempts: number
  readonly maxConnectionsPerEndpoint: number
  /** How long a server takes to get its full weight, ms; 0: none. */
  readonly slowStartMs: number
  /** Failures in a row that take out a server, where an app only says what else counts as one. */
  readonly ejectionAfter: number
  readonly maxHeadBytes: number
  readonly maxFields: number
  readonly maxTargetBytes: number
  /** How long a replaced worker may go on with its connections, ms. */
  readonly hardStopMs: number
  /** A replaced worker can be told to pass requests on to its successor; absent: it can't. */
  readonly handover?: boolean
  /** Unix socket of the Runtime API; absent: none. */
  readonly socket?: string
  /** Unix socket of a listener that shows HAProxy's statistics; absent: none. */
  readonly stats?: string
  /** Log to standard output, for whoever started HAProxy. */
  readonly log: boolean
  /**
   * Unix socket of the proxy plane, for routes that HAProxy can't carry; absent: none. Listeners that
   * obey `X-Marathon-App-Id` have one of their own beside it, `appIdSocketOf`.
   */
  readonly fallback?: string
  /** This HAProxy can check password hashes, as one built with crypt(3) can; absent: it can. */
  readonly passwords?: boolean
  /** Names of resolvers that decide in code (`find`): no route is portable then. */
  readonly finders: readonly string[]
  /** One listener for each service port; absent: none. */
  readonly servicePorts?: ServicePortOptions
  /** Addresses of endpoints whose host is a name, since HAProxy never resolves names here. */
  readonly addresses: ReadonlyMap<string, string>
}

/** Labels select among these. */
export interface ServicePortOptions {
  /** Address of listeners whose app names none; empty: all. */
  readonly host: string
  /** Lowest and highest port that an app may have; absent: 1024 and 65535. */
  readonly range?: readonly [low: number, high: number]
  /** Files, and folders of files, that an app may choose its certificate from; absent: none. */
  readonly certificates?: readonly string[]
  /** Files among them that were looked at and can be used. */
  readonly certificateFiles?: ReadonlySet<string>
  /** What HAProxy could not bind, by `socketKey`, and what of the listener is wrong. */
  readonly refused?: ReadonlyMap<string, Refusal>
}

export interface Refusal {
  readonly fact: ListenerFact
  readonly reason: string
}

/** Milliseconds. */
export interface RenderTimeouts {
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly tunnelMs: number
  readonly headMs: number
  readonly keepAliveMs: number
}

/** A route that HAProxy can't carry as the proxy plane would. */
export interface NotPortable {
  readonly route: RouteId
  /** What can't be rendered, and where its requests go instead. */
  readonly reason: string
}

/** The proxy plane's defaults. */
export const defaultRenderOptions: RenderOptions = {
  binds: [{ host: '', port: 80, appIdHeader: false }],
  trustedProxies: [],
  timeouts: {
    connectMs: 2_000,
    firstByteMs: 60_000,
    idleMs: 60_000,
    tunnelMs: 3_600_000,
    headMs: 10_000,
    keepAliveMs: 65_000
  },
  attempts: 3,
  maxConnectionsPerEndpoint: 1024,
  slowStartMs: 0,
  ejectionAfter: 5,
  maxHeadBytes: 32_768,
  maxFields: 200,
  maxTargetBytes: 8192,
  hardStopMs: 600_000,
  log: false,
  finders: [],
  addresses: new Map()
}

/** Whether some listener obeys `X-Marathon-App-Id`. */
export function obeysAppId({ binds, tls }: RenderOptions): boolean {
  return tls?.appIdHeader === true || binds.some(({ appIdHeader }) => appIdHeader)
}

/**
 * Looks at the texts among the options.
 * @throws Error that names the first one that can't stand in a configuration file of HAProxy
 */
export function checkRenderOptions(options: RenderOptions): void {
  const { binds, tls, servicePorts, socket, stats, fallback, trustedProxies } = options
  for (const bind of tls === undefined ? binds : [...binds, tls]) {
    if (!isPort(bind.port)) fail('port', String(bind.port), 'a port from 1 to 65535')
    checkHost(bind.host)
  }
  if (servicePorts !== undefined) checkHost(servicePorts.host)
  for (const file of tls?.certificates ?? []) checkPath('certificate', file)
  if (socket !== undefined) checkPath('socket', socket)
  if (stats !== undefined) checkPath('socket', stats)
  if (fallback !== undefined) checkPath('fallback', fallback)
  for (const network of trustedProxies) {
    if (!isNetwork(network)) fail('trusted proxy', network, 'an address or a network')
  }
}

function checkHost(host: string): void {
  if (host !== '' && !isAddress(host)) fail('address', host, 'an IP address')
}

/** Also used for the folder that files are rendered for. */
export function checkPath(what: string, path: string): void {
  if (!isFilePath(path)) {
    fail(what, path, 'an absolute path of letters, digits and the characters ._/@+-')
  }
}

function fail(what: string, value: string, expected: string): never {
  throw new Error(`haproxy: ${what} ${JSON.stringify(value)}: expected ${expected}`)
}
