import type { Sample } from './run-soak.ts'

export type Measure = 'held' | 'rss' | 'descriptors'

export interface Growth {
  readonly measure: Measure
  /** Medians of the second and of the last quarter. */
  readonly early: number
  readonly late: number
  /** Share by which the late one is larger; negative when it is smaller. */
  readonly share: number
}

/** The first quarter is left out: caches fill, code is compiled. */
export function growthOf(samples: readonly Sample[], measure: Measure): Growth {
  const between = (from: number, to: number) =>
    samples.filter(({ progress }) => progress > from && progress <= to).map((one) => one[measure])
  const [early, late] = [median(between(0.25, 0.5)), median(between(0.75, 1))]
  return { measure, early, late, share: early === 0 ? 0 : late / early - 1 }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
