import type { DesiredMap } from '../desired.ts'
import { whole } from './backend-settings.ts'
import { APP_ID_BIND } from './front-rules.ts'
import { OWN_PREFIX } from './names.ts'
import type { RenderOptions } from './options.ts'

/**
 * A worker that a reload has replaced keeps the connections it has, and the next request of each, while
 * nothing can tell it any more which tasks come and go: HAProxy refuses to change servers of a worker that
 * stops. So it is told, by an entry of this map, to pass such requests on to its successor as they came.
 */
export const HANDOVER_MAP = 'next.map'
/** Key and value of the entry. */
export const HANDOVER_ENTRY = ['on', 'on'] as const

const SOCKET = 'unix@@folder@/next.sock'
const HANDOVER_BACKEND = `${OWN_PREFIX}next`

export interface Handover {
  /** For the front, behind its other binds. */
  readonly bind: readonly string[]
  /** For the front, before all other rules. */
  readonly rules: readonly string[]
  readonly backends: readonly (readonly [name: string, lines: readonly string[]])[]
  readonly maps: readonly DesiredMap[]
}

const NONE: Handover = { bind: [], rules: [], backends: [], maps: [] }

/**
 * Not for connections with TLS, which the successor could not see; nor, where listeners differ in whether
 * they obey `X-Marathon-App-Id`, for those that are unlike the first.
 */
export function handoverOf({ handover, binds, timeouts }: RenderOptions): Handover {
  if (handover !== true) return NONE
  const name = binds[0]?.appIdHeader === true ? APP_ID_BIND : 'front-'
  const condition = `{ str(${HANDOVER_ENTRY[0]}),map_str(@folder@/${HANDOVER_MAP}) -m found } { so_name -m beg ${name} } !{ ssl_fc }`
  return {
    bind: [`bind ${SOCKET} mode 600 accept-proxy name ${name}next proto h1`],
    rules: [
      `http-request set-var(txn.section) str(${HANDOVER_BACKEND}) if ${condition}`,
      `http-request allow if ${condition}`
    ],
    backends: [
      [
        HANDOVER_BACKEND,
        // The successor has its own limits and says more about what it waits for.
        [
          `timeout server ${whole(timeouts.tunnelMs)}ms`,
          // It has made all attempts that are safe.
          'retry-on conn-failure',
          `server next ${SOCKET} send-proxy-v2`
        ]
      ]
    ],
    maps: [{ name: HANDOVER_MAP, entries: [] }]
  }
}
