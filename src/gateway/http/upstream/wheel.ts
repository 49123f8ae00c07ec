import { createInTurns } from '../in-turns.ts'

/** One deadline that is moved all the time and hardly ever met. Belongs to one wheel. */
export interface Timer {
  /** Tick at which `expire` is called; 0 while disarmed. Kept by the wheel. */
  deadline: number
  /** Tick of the slot that holds this timer; 0 for none. Kept by the wheel. */
  slot: number
  /** Called once per arming, in the wheel's own turn or one that follows at once. */
  expire: () => void
}

export interface Wheel {
  /** Sets the deadline to `ms` from now, rounded up to ticks; replaces an earlier one. */
  arm(timer: Timer, ms: number): void
  disarm(timer: Timer): void
  /** Milliseconds this wheel has turned: a coarse clock that stands still while nothing is armed. */
  now(): number
  /** Turns the wheel by one tick; called by its interval. */
  turn(): void
  /** Forgets all timers and stops. */
  stop(): void
}

const SLOTS = 64
/** Most of them end a connection. */
const TOLD_AT_ONCE = 3

/**
 * One coarse timer for all connections (Varghese and Lauck's hashed wheel, with lazy moves): arming
 * later than before is one assignment, since the slot finds the new deadline when its turn comes.
 * The interval doesn't hold the process and runs only while something is armed.
 *
 * @param tickMs granularity, ms; a deadline is met up to two ticks late, never early
 */
export function createWheel(tickMs: number): Wheel {
  const slots: Timer[][] = Array.from({ length: SLOTS }, () => [])
  let tick = 1
  let held = 0
  let interval: NodeJS.Timeout | undefined
  const met = createInTurns(TOLD_AT_ONCE, (timer: Timer) => {
    // Moved or disarmed meanwhile.
    if (timer.deadline === 0 || timer.deadline > tick) return
    timer.deadline = 0
    expire(timer)
  })

  const insert = (timer: Timer): void => {
    // A far deadline is looked at once per round; that keeps the wheel small.
    timer.slot = Math.min(timer.deadline, tick + SLOTS - 1)
    slots[timer.slot % SLOTS]?.push(timer)
    held++
    if (interval === undefined) {
      interval = setInterval(turn, tickMs)
      interval.unref()
    }
  }

  const visit = (timer: Timer): void => {
    held--
    // Armed for an earlier slot in the meantime: this entry is stale.
    if (timer.slot !== tick) return
    timer.slot = 0
    if (timer.deadline === 0) return
    if (timer.deadline > tick) insert(timer)
    else met.add(timer)
  }

  const turn = (): void => {
    tick++
    const due = slots[tick % SLOTS] ?? []
    slots[tick % SLOTS] = []
    for (const timer of due) visit(timer)
    if (held === 0) stopInterval()
  }

  const stopInterval = (): void => {
    clearInterval(interval)
    interval = undefined
  }

  return {
    arm: (timer, ms) => {
      timer.deadline = tick + Math.ceil(ms / tickMs) + 1
      if (timer.slot === 0 || timer.deadline < timer.slot) insert(timer)
    },
    disarm: (timer) => {
      timer.deadline = 0
    },
    now: () => tick * tickMs,
    turn,
    stop: () => {
      for (const slot of slots) {
        for (const timer of slot) timer.slot = timer.deadline = 0
        slot.length = 0
      }
      for (const timer of met.drop()) timer.deadline = 0
      held = 0
      stopInterval()
    }
  }
}

function expire(timer: Timer): void {
  try {
    timer.expire()
  } catch (error) {
    // The others of this tick have their turn all the same.
    queueMicrotask(() => {
      throw error
    })
  }
}
