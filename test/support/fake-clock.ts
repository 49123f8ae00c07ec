import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/gateway/marathon/pacer.ts'

export interface FakeClock extends Clock {
  /** Moves time on, timer by timer; what they started settles in between. */
  advance(ms: number): Promise<void>
  /** Timers that wait. */
  readonly waiting: number
}

export function fakeClock(): FakeClock {
  const timers = new Set<{ at: number; run: () => void }>()
  let time = 0
  return {
    now: () => time,
    after(ms, run) {
      const timer = { at: time + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    get waiting() {
      return timers.size
    },
    async advance(ms) {
      const end = time + ms
      await turn()
      for (;;) {
        const [next] = [...timers].filter((t) => t.at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        time = Math.max(time, next.at)
        next.run()
        await turn()
      }
      time = end
      await turn()
    }
  }
}
