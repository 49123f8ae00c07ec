import { posix } from 'node:path'
import { whole } from './backend-settings.ts'
import { FALLBACK_BACKEND } from './backends.ts'
import { APP_ID_BIND } from './front-rules.ts'
import { obeysAppId, type RenderOptions } from './options.ts'
import { errorLine } from './own-answers.ts'

/** Leads to the proxy plane, from listeners that obey `X-Marathon-App-Id`. */
const APP_ID_FALLBACK_BACKEND = `${FALLBACK_BACKEND}-app-id`

/**
 * The socket at which the proxy plane obeys `X-Marathon-App-Id`, beside that at which it does not:
 * `proxy.sock` and `proxy-app-id.sock`.
 */
export function appIdSocketOf(socket: string): string {
  const { dir, name, ext } = posix.parse(socket)
  return posix.join(dir, `${name}-app-id${ext}`)
}

/** Backends that lead to the proxy plane, with their lines; none without a socket of it. */
export function fallbackBackends(
  options: RenderOptions
): readonly (readonly [name: string, lines: readonly string[]])[] {
  const { fallback } = options
  if (fallback === undefined) return []
  const plain = [FALLBACK_BACKEND, fallbackLines(fallback, options)] as const
  if (!obeysAppId(options)) return [plain]
  return [plain, [APP_ID_FALLBACK_BACKEND, fallbackLines(appIdSocketOf(fallback), options)]]
}

/**
 * Rules of the front before a backend is chosen by name. Two backends rather than two servers of one: a
 * failed connection can't be sent on to the socket that obeys more.
 */
export function fallbackRules(options: RenderOptions): string[] {
  if (options.fallback === undefined || !obeysAppId(options)) return []
  return [
    `use_backend ${APP_ID_FALLBACK_BACKEND} if { var(txn.section) -m str ${FALLBACK_BACKEND} } { so_name -m beg ${APP_ID_BIND} }`
  ]
}

/** Every request goes to the proxy plane, of unknown hosts too: a resolver there decides in code. */
export function allFallBackRules({ finders, fallback }: RenderOptions): string[] | undefined {
  if (finders.length === 0 || fallback === undefined) return undefined
  return [`http-request set-var(txn.section) str(${FALLBACK_BACKEND})`]
}

function fallbackLines(socket: string, { timeouts }: RenderOptions): string[] {
  return [
    // The proxy plane has its own limits and says more about what it waits for.
    `timeout server ${whole(timeouts.tunnelMs)}ms`,
    // It has made all attempts that are safe.
    'retry-on conn-failure',
    errorLine('proxyAway'),
    // No `maxconn`: the proxy plane counts by endpoint.
    `server proxy unix@${socket}`
  ]
}
