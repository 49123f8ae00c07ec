import { gatewayErrors } from '../../gateway/http/errors.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { GatewayHost, Outcome } from '../../gateway/plugin.ts'

const { code: EXHAUSTED } = gatewayErrors.exhausted
/** Between two lines of one kind, and without a refusal until it is said to be over. */
const LINE_MS = 10_000

export interface ExhaustionTools {
  readonly log: Pick<GatewayHost['log'], 'warn' | 'info'>
  readonly wheel: Wheel
  readonly maxConnections: number
}

/** The same, and the log tells when this process has no connections left, and when it has again. */
export function tellExhaustion(
  report: (outcome: Outcome) => void,
  { log, wheel, maxConnections }: ExhaustionTools
): (outcome: Outcome) => void {
  const clients = createSpell(wheel, {
    lasts: (refused) =>
      log.warn({ refused, maxConnections }, 'further connections of clients are refused'),
    over: () => log.info('connections of clients are taken again')
  })
  const tasks = createSpell(wheel, {
    lasts: (refused) =>
      log.warn({ refused }, 'no file descriptors are left for connections to tasks (ulimit -n)'),
    over: () => log.info('connections to tasks can be opened again')
  })
  return (outcome) => {
    if (outcome.code === EXHAUSTED) (outcome.attempts.length === 0 ? clients : tasks).note()
    report(outcome)
  }
}

interface SpellNews {
  /** At the first refusal, and from time to time. @param refused since it was told last */
  lasts(refused: number): void
  over(): void
}

function createSpell(wheel: Wheel, news: SpellNews): { note(): void } {
  let refused = 0
  let isOn = false
  const timer: Timer = { deadline: 0, slot: 0, expire: tell }

  function tell(): void {
    isOn = refused > 0
    if (!isOn) {
      news.over()
      return
    }
    news.lasts(refused)
    refused = 0
    wheel.arm(timer, LINE_MS)
  }

  return {
    note() {
      refused++
      if (!isOn) tell()
    }
  }
}
