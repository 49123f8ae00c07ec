/** Time and timers as arguments, so that pacing can be tested without waiting. */
export interface Clock {
  /** Monotonic, ms. */
  now(): number
  /** Runs once, after at least `ms`. @returns cancels it */
  after(ms: number, run: () => void): () => void
}

/** What a read says about the next one. */
export interface Outcome {
  /** How long Marathon worked for it, ms; absent: the duration of the whole read. */
  readonly tookMs?: number
  /** Least rest until the next read, ms; absent: what the pacing says. A failed read backs off by it. */
  readonly restMs?: number
  /** Read again by then without being asked, ms. */
  readonly againMs?: number
}

export interface Pacing {
  /** One more read this long after the last event, ms: an event may come before what it tells is visible. */
  readonly quietMs: number
  /** Least distance between the end of a read and the next one, ms. */
  readonly minDistanceMs: number
  /** Rest owed after a read, as a multiple of its duration: the share of Marathon's time we take. */
  readonly distanceFactor: number
  /**
   * Rest that may be owed for later, ms: an event that comes during a read is followed up at once, while
   * a storm, or a read that takes long, keeps its distance.
   */
  readonly creditMs: number
}

export interface Pacer {
  /** Asks for a read. */
  request(): void
  /** Something changed: a read now, and one more after a quiet time. */
  event(): void
  /** A request would read at once. */
  readonly free: boolean
  /** Ends a rest: there is news that a read will work. */
  wake(): void
  stop(): void
}

/**
 * Folds requests into few reads: at once when it may, never two at a time, and the last request is
 * never lost. A storm of requests reads at the distance that the pacing keeps, no faster and no slower.
 *
 * @param read must not reject
 */
export function createPacer(read: () => Promise<Outcome>, pacing: Pacing, clock: Clock): Pacer {
  let wanted = false
  let running = false
  let stopped = false
  let notBefore = Number.NEGATIVE_INFINITY
  /** When all rest owed for reads so far is over. */
  let restedAt = Number.NEGATIVE_INFINITY
  const timers = { rest: idle, quiet: idle, again: idle }

  function arm(name: keyof typeof timers, ms: number, then: () => void): void {
    timers[name]()
    timers[name] = clock.after(ms, then)
  }

  function request(): void {
    wanted = true
    pump()
  }

  function pump(): void {
    if (!wanted || running || stopped) return
    const restMs = notBefore - clock.now()
    if (restMs > 0) arm('rest', restMs, pump)
    else void run()
  }

  async function run(): Promise<void> {
    running = true
    wanted = false
    timers.again()
    timers.rest()
    const startedAt = clock.now()
    const outcome = await read()
    running = false
    if (stopped) return
    notBefore = restAfter(outcome, startedAt)
    if (outcome.againMs !== undefined) arm('again', outcome.againMs, request)
    pump()
  }

  /** @returns when the next read may begin */
  function restAfter({ tookMs, restMs }: Outcome, startedAt: number): number {
    const now = clock.now()
    // It has its own rest, and owes nothing: who waited in vain for seconds gave Marathon no work.
    if (restMs !== undefined) return now + restMs
    const durationMs = now - startedAt
    const owedMs = pacing.distanceFactor * (tookMs ?? durationMs)
    restedAt = Math.max(restedAt, startedAt) + durationMs + owedMs
    return Math.max(now + pacing.minDistanceMs, restedAt - pacing.creditMs)
  }

  return {
    request,
    get free() {
      return !running && clock.now() >= notBefore
    },
    event() {
      if (stopped) return
      arm('quiet', pacing.quietMs, request)
      request()
    },
    wake() {
      notBefore = Number.NEGATIVE_INFINITY
      pump()
    },
    stop() {
      stopped = true
      for (const cancel of Object.values(timers)) cancel()
    }
  }
}

function idle(): void {}

/** Lets all else that waits have its turn. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.after(0, resolve))
}

/** The clock of this process; its timers keep the process alive until they are cancelled. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
}
