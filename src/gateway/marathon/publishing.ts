import type { App } from '../model/app.ts'
import type { SourceSink } from '../source.ts'
import type { KnownApps } from './known-apps.ts'
import type { LossGuard } from './loss-guard.ts'
import { type Clock, nextTurn } from './pacer.ts'

export interface PublishingParts {
  readonly known: KnownApps
  readonly guard: LossGuard
  readonly sink: SourceSink
  readonly clock: Clock
}

/** Passes on what is known, one snapshot after the other. */
export interface Publishing {
  /**
   * @param readAt when the read of all that is in it began; undefined: not all was read
   * @param inTurns what looks at every app has a turn of its own
   * @returns what was told; nothing once it is stopped
   */
  publish(readAt: number | undefined, inTurns: boolean): Promise<readonly App[]>
  stop(): void
}

export function createPublishing({ known, guard, sink, clock }: PublishingParts): Publishing {
  let last: Promise<unknown> = Promise.resolve()
  let stopped = false

  async function tell(readAt: number | undefined, inTurns: boolean): Promise<readonly App[]> {
    if (inTurns) await nextTurn(clock)
    if (stopped) return []
    const checked = guard.check(known.snapshot(), readAt)
    if (inTurns) await nextTurn(clock)
    if (stopped) return []
    sink.publish(checked)
    if (inTurns) await nextTurn(clock)
    return checked.apps
  }

  return {
    publish(readAt, inTurns) {
      const next = last.then(() => tell(readAt, inTurns))
      // Whoever asked for it is told of an error; the one behind goes on.
      last = next.catch(() => undefined)
      return next
    },
    stop() {
      stopped = true
    }
  }
}
