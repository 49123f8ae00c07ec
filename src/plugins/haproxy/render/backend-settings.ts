import type { Route, Service, Timeouts } from '../../../gateway/model/route.ts'
import { hstsSeconds } from './backend-names.ts'
import { guardRules } from './guard-rules.ts'
import type { RenderOptions, RenderTimeouts } from './options.ts'
import { answerRule } from './own-answers.ts'
import { balanceLines } from './portable.ts'
import { locationRules, redirectRules, requestRewriteRules } from './rewrite-rules.ts'
import { STICKY_NAME } from './server-list.ts'
import { isFieldName } from './words.ts'

/** In a worker that a reload has replaced every backend counts none, and serves all the same. */
const NO_SERVER = '{ nbsrv eq 0 } !{ stopping }'
const NO_UPGRADE = ['http-request del-header upgrade', 'http-request del-header connection']

export interface BackendPolicy {
  /** Of the route's first service, as in the proxy plane. */
  readonly timeouts: Timeouts
  /** Services with a share. */
  readonly taking: readonly Service[]
}

/**
 * The lines of a backend apart from its servers. They name neither the backend nor a server, so that
 * backends of one policy have the same lines, and a task that comes or goes changes none.
 */
export function backendSettings(
  route: Route,
  policy: BackendPolicy,
  options: RenderOptions
): string[] {
  const { taking } = policy
  const [cookie] = taking.flatMap(({ sticky }) => sticky ?? []).filter(isFieldName)
  return [
    'mode http',
    ...balanceLines(taking[0]),
    ...timeoutLines(policy.timeouts, options.timeouts),
    // In the order of the proxy plane: who may not enter does not learn of anything else.
    ...guardRules(route.guard ?? {}, options),
    ...redirectRules(route),
    answerRule('noEndpoint', NO_SERVER),
    ...(route.upgrade === 'none' ? NO_UPGRADE : []),
    ...requestRewriteRules(route),
    ...locationRules(route),
    ...hstsLines(route),
    ...(cookie === undefined ? [] : stickyLines(cookie))
  ]
}

/** Over TLS only (RFC 6797 §7.2), and in place of what the task says. */
function hstsLines({ hsts }: Route): string[] {
  if (hsts === undefined) return []
  const age = `max-age=${hstsSeconds(hsts)}`
  return [
    'http-response del-header Strict-Transport-Security',
    `http-response set-header Strict-Transport-Security ${age} if { var(txn.secure) -m found }`
  ]
}

/** What each server of a backend is given besides address and weight. */
export function serverWords({ maxConnectionsPerEndpoint }: RenderOptions): string[] {
  return ['maxconn', `${maxConnectionsPerEndpoint}`]
}

/**
 * HAProxy has one timeout for the first byte of an answer and the next ones: the longer of the two
 * applies, so that nothing is cut that the proxy plane would let through.
 */
export function serverTimeoutMs({ firstByteMs, idleMs }: RenderTimeouts): number {
  return Math.max(firstByteMs, idleMs)
}

/** Only what differs from the defaults. */
function timeoutLines(own: Timeouts, defaults: RenderTimeouts): string[] {
  const merged = { ...defaults, ...own }
  const lines: string[] = []
  if (merged.connectMs !== defaults.connectMs) {
    lines.push(`timeout connect ${whole(merged.connectMs)}ms`)
  }
  if (serverTimeoutMs(merged) !== serverTimeoutMs(defaults)) {
    lines.push(`timeout server ${whole(serverTimeoutMs(merged))}ms`)
  }
  return lines
}

/** HAProxy's timers end at 2^31 - 1 ms, and 0 means none. */
export function whole(milliseconds: number): number {
  return Math.min(Math.max(1, Math.ceil(milliseconds) || 1), 2_147_483_647)
}

/**
 * HAProxy 2.6 takes no `cookie` for servers added at run time. So the cookie names the server, and
 * the answer sets it when it did not lead to the one that answered.
 */
function stickyLines(cookie: string): string[] {
  const named = STICKY_NAME.source
  return [
    `http-request set-var(txn.sticky) req.cook(${cookie})`,
    'http-response set-var(txn.server) srv_name',
    `http-response add-header Set-Cookie "${cookie}=%[var(txn.server)]; Path=/; HttpOnly; SameSite=Lax" if { var(txn.server) -m reg ${named} } !{ var(txn.server),strcmp(txn.sticky) eq 0 }`,
    `use-server %[var(txn.sticky)] if { var(txn.sticky) -m reg ${named} }`
  ]
}
