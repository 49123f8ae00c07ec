import { durationMs } from '../../gateway/config/duration.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import type { ProxyOptions } from './options.ts'

/** How a front door takes its leave. */
export interface FrontStop {
  /** A graceful stop has begun, though requests may still come: answers close their connections. */
  isOn(): boolean
  /** The door closes: from here on, what goes on without an end has its last time. */
  begin(): void
}

/** What goodbyes may take of the time of a stop, ms; half of it at most. */
const GOODBYES_MS = 2000

/** @param endStreams ends WebSockets and endless answers */
export function createFrontStop(
  {
    stopping,
    stopMs = Number.POSITIVE_INFINITY
  }: Partial<Pick<GatewayHost, 'stopping' | 'stopMs'>>,
  { drain }: Pick<ProxyOptions, 'drain'>,
  wheel: Wheel,
  endStreams: () => void
): FrontStop {
  const timer: Timer = { deadline: 0, slot: 0, expire: endStreams }
  let isClosing = false
  return {
    isOn: () => isClosing || stopping?.aborted === true,
    begin() {
      isClosing = true
      const latest = Math.max(stopMs / 2, stopMs - GOODBYES_MS)
      wheel.arm(timer, Math.min(durationMs(drain.streams), latest))
    }
  }
}
