import { type Spread, spreadOf } from './statistics.ts'

/** One run of one proxy. */
export interface Sample {
  readonly scenario: string
  readonly peer: string
  readonly round: number
  readonly errors: number
  /** Absent where nothing is asked. */
  readonly requestsPerSecond?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly p999Ms?: number
  /** CPU time of the whole process tree for each request; absent without a proxy. */
  readonly cpuMicros?: number
  /** Processor cores it kept busy: below one for each worker, load generator or backend were the limit. */
  readonly coresUsed?: number
  /** CPU time for each GiB of bodies, where these are large. */
  readonly cpuMsPerGib?: number
  /** Memory for each connection, in KiB. */
  readonly kibPerConnection?: number
  /** From its start to its first answer. */
  readonly startMs?: number
  /** Memory of the whole process tree. */
  readonly memoryMib?: number
}

/** Figures that samples may have. */
export const figures = [
  'requestsPerSecond',
  'errors',
  'p50Ms',
  'p99Ms',
  'p999Ms',
  'coresUsed',
  'cpuMicros',
  'cpuMsPerGib',
  'kibPerConnection',
  'startMs',
  'memoryMib'
] as const

export type Figure = (typeof figures)[number]

/** What all rounds of one proxy in one scenario say together. */
export interface Summary {
  readonly scenario: string
  readonly peer: string
  readonly figures: Readonly<Partial<Record<Figure, Spread>>>
  /** Against the baseline: the median of the ratios within each round. */
  readonly ratios: Readonly<Partial<Record<Figure, number>>>
}

/** The peer that all are compared with. */
export const BASELINE = 'haproxy'

/**
 * Medians and spreads over rounds. Ratios are taken within a round, where both saw the same machine,
 * before their median is: a machine that is busy for one round then harms neither.
 */
export function summarise(samples: readonly Sample[]): Summary[] {
  const keys = new Map(
    samples.map(({ scenario, peer }) => [`${scenario} ${peer}`, { scenario, peer }])
  )
  return [...keys.values()].map(({ scenario, peer }) => {
    const own = samples.filter((sample) => sample.scenario === scenario && sample.peer === peer)
    return { scenario, peer, figures: spreads(own), ratios: ratiosOf(samples, scenario, peer) }
  })
}

function spreads(samples: readonly Sample[]): Summary['figures'] {
  const entries = figures.flatMap((figure) => {
    const spread = spreadOf(valuesOf(samples, figure))
    return spread === undefined ? [] : [[figure, spread] as const]
  })
  return Object.fromEntries(entries)
}

/** Median of the ratios within each round; undefined when no round has both. */
export function ratioBetween(
  samples: readonly Sample[],
  asked: {
    readonly scenario: string
    readonly figure: Figure
    readonly peer: string
    readonly against: string
  }
): number | undefined {
  const { figure, peer, against } = asked
  const inScenario = samples.filter(({ scenario }) => scenario === asked.scenario)
  const others = new Map(
    inScenario.filter((sample) => sample.peer === against).map((sample) => [sample.round, sample])
  )
  const each = inScenario
    .filter((sample) => sample.peer === peer)
    .flatMap((sample) => {
      const [own, other] = [sample[figure], others.get(sample.round)?.[figure]]
      return own === undefined || other === undefined || other === 0 ? [] : [own / other]
    })
  return spreadOf(each)?.median
}

function ratiosOf(samples: readonly Sample[], scenario: string, peer: string): Summary['ratios'] {
  const entries = figures.flatMap((figure) => {
    const ratio = ratioBetween(samples, { scenario, figure, peer, against: BASELINE })
    return ratio === undefined ? [] : [[figure, ratio] as const]
  })
  return Object.fromEntries(entries)
}

function valuesOf(samples: readonly Sample[], figure: Figure): number[] {
  return samples.flatMap((sample) => sample[figure] ?? [])
}
