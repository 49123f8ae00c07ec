import { serverTimeoutMs, whole } from './backend-settings.ts'
import { CLOSED_BACKEND } from './backends.ts'
import { allFallBackRules, fallbackBackends, fallbackRules } from './fallback.ts'
import { forwardedRules } from './forwarded-rules.ts'
import { APP_ID_BIND, hygieneRules, lookupRules, normalisingRules } from './front-rules.ts'
import { handoverOf } from './handover.ts'
import { OWN_PREFIX } from './names.ts'
import type { Bind, RenderOptions, RenderTimeouts } from './options.ts'
import { answerRule, ownAnswerLines } from './own-answers.ts'
import type { Places } from './places.ts'
import { statsLines } from './stats-listener.ts'

/** What backends take their defaults from; new ones of the Runtime API name it too. */
export const HTTP_DEFAULTS = `${OWN_PREFIX}http`
export const TCP_DEFAULTS = `${OWN_PREFIX}tcp`

/** Bytes of a buffer that HAProxy keeps free for what rules add to a head. */
const REWRITE_BYTES = 4096
const SMALLEST_BUFFER = 16_384
/** How much later than the proxy plane behind it HAProxy gives up a client. */
const PRECEDENCE_MS = 1_000

/** Everything except the backends of services; indented as it stands in the file. */
export function structureLines(places: Places, options: RenderOptions): string[] {
  return [
    ...section('global', globalLines(options)),
    ...section(`defaults ${HTTP_DEFAULTS}`, httpDefaults(options)),
    ...section(`defaults ${TCP_DEFAULTS}`, tcpDefaults(options)),
    ...section(`frontend ${OWN_PREFIX}front from ${HTTP_DEFAULTS}`, frontLines(places, options)),
    ...section(`backend ${CLOSED_BACKEND} from ${HTTP_DEFAULTS}`, [
      answerRule('guardInvalid', '{ always_true }')
    ]),
    ...[...fallbackBackends(options), ...handoverOf(options).backends].flatMap(([name, lines]) =>
      section(`backend ${name} from ${HTTP_DEFAULTS}`, lines)
    ),
    ...(options.stats === undefined ? [] : statsSection(options.stats))
  ]
}

function statsSection(socket: string): string[] {
  return section(`frontend ${OWN_PREFIX}stats from ${HTTP_DEFAULTS}`, statsLines(socket))
}

/** A header, its lines indented, and an empty line. */
export function section(header: string, lines: readonly string[]): string[] {
  return [header, ...lines.map((line) => `  ${line}`), '']
}

function globalLines(options: RenderOptions): string[] {
  const { socket } = options
  const bufferBytes = Math.max(SMALLEST_BUFFER, options.maxHeadBytes + REWRITE_BYTES)
  return [
    // For `normalize-uri`, which keeps this mark since 2.4.
    'expose-experimental-directives',
    ...(options.log ? ['log stdout format raw daemon notice'] : []),
    ...(socket === undefined
      ? []
      : [`stats socket ${socket} mode 600 level admin expose-fd listeners`, 'stats timeout 30s']),
    `hard-stop-after ${whole(options.hardStopMs)}ms`,
    // Percent. Thousands of tasks that came with one deployment are not probed in one moment.
    'spread-checks 20',
    `tune.bufsize ${bufferBytes}`,
    `tune.maxrewrite ${REWRITE_BYTES}`,
    `tune.http.maxhdr ${options.maxFields}`
  ]
}

/**
 * Of two limits for a connection that waits for its next request HAProxy takes the shorter, so this one is
 * no shorter than the other. The proxy plane behind HAProxy has it too and answers 408: it comes first,
 * since HAProxy 2.8 and newer would say 400 of a request whose rest does not come, and 2.6 nothing.
 */
function clientTimeoutMs({ fallback, timeouts }: RenderOptions): number {
  const { idleMs, keepAliveMs } = timeouts
  return Math.max(keepAliveMs, fallback === undefined ? idleMs : idleMs + PRECEDENCE_MS)
}

/**
 * Where one side has said its last, the other has as long as between two bytes of an answer: otherwise a
 * peer that has gone without a word would keep a replaced worker for as long as a tunnel may be silent.
 */
function halfClosedLines({ idleMs }: RenderTimeouts): string[] {
  return [`timeout client-fin ${whole(idleMs)}ms`, `timeout server-fin ${whole(idleMs)}ms`]
}

function httpDefaults(options: RenderOptions): string[] {
  const { timeouts, attempts } = options
  return [
    'mode http',
    ...(options.log ? ['log global'] : []),
    `timeout connect ${whole(timeouts.connectMs)}ms`,
    `timeout client ${whole(clientTimeoutMs(options))}ms`,
    `timeout server ${whole(serverTimeoutMs(timeouts))}ms`,
    `timeout tunnel ${whole(timeouts.tunnelMs)}ms`,
    ...halfClosedLines(timeouts),
    `timeout http-request ${whole(timeouts.headMs)}ms`,
    `timeout http-keep-alive ${whole(timeouts.keepAliveMs)}ms`,
    'option dontlognull',
    // Browsers open connections in advance: one on which nothing comes is closed without a word.
    'option http-ignore-probes',
    // Without it a reload resets the idle connections of clients.
    'option idle-close-on-response',
    // A client that goes away takes its request along, as in the proxy plane.
    'option abortonclose',
    'option allbackups',
    'option redispatch 1',
    `retries ${attempts - 1}`,
    'retry-on conn-failure empty-response',
    'http-reuse safe',
    ...ownAnswerLines()
  ]
}

/** For listeners of service ports: whatever protocol, so the limits of a tunnel. */
function tcpDefaults({ timeouts, attempts, log }: RenderOptions): string[] {
  return [
    'mode tcp',
    ...(log ? ['log global'] : []),
    `timeout connect ${whole(timeouts.connectMs)}ms`,
    `timeout client ${whole(timeouts.tunnelMs)}ms`,
    `timeout server ${whole(timeouts.tunnelMs)}ms`,
    ...halfClosedLines(timeouts),
    'option dontlognull',
    'option allbackups',
    'option redispatch 1',
    `retries ${attempts - 1}`
  ]
}

function frontLines(places: Places, options: RenderOptions): string[] {
  const { bind, rules } = handoverOf(options)
  return [
    ...bindLines(options),
    ...bind,
    ...rules,
    ...requestLines(allFallBackRules(options) ?? lookupRules(places, options), options)
  ]
}

/**
 * All that is done to a request, whatever listener it came by.
 * @param lookup rules that set `txn.section`, or answer
 */
export function requestLines(lookup: readonly string[], options: RenderOptions): string[] {
  return [
    ...hygieneRules(options),
    ...normalisingRules(),
    ...lookup,
    ...forwardedRules(options),
    ...fallbackRules(options),
    'use_backend %[var(txn.section)]',
    `default_backend ${CLOSED_BACKEND}`
  ]
}

function bindLines({ binds, tls }: RenderOptions): string[] {
  const plain = binds.map((bind, at) => `${bindWords(bind)} ${nameWords(bind, at)} proto h1`)
  if (tls === undefined) return plain
  const certificates = tls.certificates.map((file) => ` crt ${file}`).join('')
  const words = nameWords(tls, binds.length)
  return [...plain, `${bindWords(tls)} ${words} ssl${certificates} alpn http/1.1 proto h1`]
}

function nameWords({ appIdHeader }: Bind, at: number): string {
  return `name ${appIdHeader ? APP_ID_BIND : 'front-'}${at}`
}

/** `bind` and its address; without a host, all addresses of both kinds. */
export function bindWords({
  host,
  port
}: {
  readonly host: string
  readonly port: number
}): string {
  if (host === '') return `bind :::${port} v4v6`
  return host.includes(':') ? `bind [${host}]:${port}` : `bind ${host}:${port}`
}
