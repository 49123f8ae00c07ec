/** One operation that is timed by itself. */
export interface MicroCase {
  readonly name: string
  /** Promised most for one operation, in nanoseconds; undefined: nothing is promised. */
  readonly mostNs?: number
  /** Called again and again; gives something, so that it can't be optimised away. */
  run(turn: number): unknown
}

export interface Timing {
  readonly medianNs: number
  readonly minNs: number
  readonly maxNs: number
}

const BATCHES = 9
/** Operations that are fast are timed many at once, as clocks are coarse. */
const BATCH_MS = 40
const WARM_UP_MS = 200

/** Times one operation: warmed up, in batches. */
export function time(micro: MicroCase, now: () => number = () => performance.now()): Timing {
  const perBatch = warmUp(micro, now)
  const each: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) {
    const begin = now()
    runMany(micro, perBatch)
    each.push(((now() - begin) * 1e6) / perBatch)
  }
  each.sort((a, b) => a - b)
  const at = (index: number) => each[index] ?? Number.NaN
  return { medianNs: at(BATCHES >> 1), minNs: at(0), maxNs: at(BATCHES - 1) }
}

/** How many operations fill a batch. */
function warmUp(micro: MicroCase, now: () => number): number {
  const begin = now()
  let done = 0
  for (let size = 1; now() - begin < WARM_UP_MS; size *= 2) {
    runMany(micro, size)
    done += size
  }
  return Math.max(1, Math.round((done * BATCH_MS) / (now() - begin)))
}

function runMany(micro: MicroCase, count: number): void {
  let kept: unknown
  for (let turn = 0; turn < count; turn++) kept = micro.run(turn)
  if (kept === NOTHING) throw new Error('an operation gave nothing')
}

const NOTHING = Symbol('nothing')
