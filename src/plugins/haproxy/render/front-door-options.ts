import { durationMs } from '../../../gateway/config/duration.ts'
import { type Bind, defaultRenderOptions, type RenderOptions } from './options.ts'

/** The part of the front door's configuration (`proxy`) that means the same in HAProxy. */
export interface FrontDoorOptions extends Bind {
  readonly listeners: readonly Bind[]
  readonly trustedProxies: readonly string[]
  readonly timeout: Readonly<
    Record<'connect' | 'firstByte' | 'idle' | 'tunnel' | 'head' | 'keepAlive', string>
  >
  readonly attempts: number
  readonly maxConnectionsPerEndpoint: number
  readonly ejection: { readonly after: number }
  readonly slowStart: string
  readonly maxHeadBytes: number
  readonly maxFields: number
  readonly maxTargetBytes: number
}

/** An HAProxy in the place of the front door: its ports, limits and timeouts. */
export function frontDoorRenderOptions(options: FrontDoorOptions): RenderOptions {
  const { timeout, listeners, host, port, appIdHeader } = options
  return {
    ...defaultRenderOptions,
    binds: [{ host, port, appIdHeader }, ...listeners],
    trustedProxies: options.trustedProxies,
    timeouts: {
      connectMs: durationMs(timeout.connect),
      firstByteMs: durationMs(timeout.firstByte),
      idleMs: durationMs(timeout.idle),
      tunnelMs: durationMs(timeout.tunnel),
      headMs: durationMs(timeout.head),
      keepAliveMs: durationMs(timeout.keepAlive)
    },
    attempts: options.attempts,
    maxConnectionsPerEndpoint: options.maxConnectionsPerEndpoint,
    slowStartMs: durationMs(options.slowStart),
    ejectionAfter: options.ejection.after,
    maxHeadBytes: options.maxHeadBytes,
    maxFields: options.maxFields,
    maxTargetBytes: options.maxTargetBytes
  }
}
