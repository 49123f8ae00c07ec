import { now } from './now.ts'

/**
 * How a task came to its end. `killed`: SIGKILL, in the middle of whatever it did. `quit`: it ended at once
 * when it was asked to. `drained`: it was asked to, and finished what it had first.
 */
export type DeathKind = 'killed' | 'quit' | 'drained'

/** What is known of the end of one task, by `now()`. */
export interface Death {
  readonly kind: DeathKind
  /** The first signal it got. */
  readonly signalledAt: number
  /** Its process was gone then, or later; absent while it goes on. */
  readonly endedAt?: number
}

/** The register of what happens to one task. */
export interface DeathEntry {
  /** SIGTERM is sent now, SIGKILL after the grace period. */
  asked(graceMs: number): void
  ended(): void
}

interface Life {
  readonly drains: boolean
  askedAt?: number
  graceMs?: number
  killedAt?: number
  endedAt?: number
}

/** Who died when, and how: what a failed request has to be explained by. */
export class DeathRegister {
  readonly #lives = new Map<string, Life>()

  begin(task: string, drains: boolean): DeathEntry {
    const life: Life = { drains }
    this.#lives.set(task, life)
    return {
      asked(graceMs) {
        life.askedAt = now()
        life.graceMs = graceMs
      },
      ended() {
        life.endedAt = now()
      }
    }
  }

  /** SIGKILL is sent now. */
  kill(task: string): void {
    const life = this.#lives.get(task)
    if (life !== undefined) life.killedAt ??= now()
  }

  of(task: string): Death | undefined {
    const life = this.#lives.get(task)
    if (life === undefined) return undefined
    const { drains, askedAt, graceMs = 0, killedAt, endedAt } = life
    const signalledAt = Math.min(killedAt ?? Infinity, askedAt ?? Infinity, endedAt ?? Infinity)
    if (signalledAt === Infinity) return undefined
    const outlived = askedAt !== undefined && (endedAt ?? now()) - askedAt >= graceMs
    const kind =
      killedAt !== undefined || askedAt === undefined || outlived
        ? 'killed'
        : drains
          ? 'drained'
          : 'quit'
    return { kind, signalledAt, ...(endedAt === undefined ? {} : { endedAt }) }
  }
}
