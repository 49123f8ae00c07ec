import { type Figure, ratioBetween, type Sample } from './results.ts'
import { spreadOf } from './statistics.ts'

/** A promise about a figure, and how it turned out. */
export interface Outcome {
  readonly goal: string
  /** Undefined when a scenario or a proxy was not measured. */
  readonly found: number | undefined
  readonly limit: string
  readonly reached: boolean | undefined
}

interface RatioGoal {
  readonly goal: string
  readonly scenario: string
  readonly figure: Figure
  readonly peer: string
  /** What it is compared with; undefined: the figure itself has the limit. */
  readonly against: string | undefined
  readonly most: number
}

const LEAST_SCALING = 1.8
const small = { scenario: 'small', figure: 'cpuMicros' } as const
const wire = 'gateway-wire'
const full = 'gateway-full'

/** What is promised of the gateway: each at most so much. */
const goals: readonly RatioGoal[] = [
  cpu('wire lane against HAProxy', wire, 'haproxy', 1.9),
  cpu('wire lane against Caddy', wire, 'caddy', 0.35),
  cpu('wire lane against @fastify/http-proxy', wire, 'fastify-http-proxy', 0.33),
  cpu('wire lane against http-proxy', wire, 'http-proxy', 0.33),
  cpu('full lane against HAProxy', full, 'haproxy', 4),
  cpu('full lane against @fastify/http-proxy', full, 'fastify-http-proxy', 0.67),
  {
    goal: 'CPU per GiB in bodies of 1 MiB: wire lane against HAProxy without splicing',
    scenario: 'large',
    figure: 'cpuMsPerGib',
    peer: wire,
    against: 'haproxy',
    most: 1.5
  },
  {
    goal: 'p99 at half of the own peak: wire lane against HAProxy',
    scenario: 'half',
    figure: 'p99Ms',
    peer: wire,
    against: 'haproxy',
    most: 2
  },
  {
    goal: 'KiB of memory for an idle connection: wire lane',
    scenario: 'idle',
    figure: 'kibPerConnection',
    peer: wire,
    against: undefined,
    most: 16
  }
]

/** How each promise turned out in one run. */
export function outcomesOf(samples: readonly Sample[]): Outcome[] {
  const each = goals.map(({ goal, scenario, figure, peer, against, most }) => {
    const found =
      against === undefined
        ? medianOf(samples, { scenario, figure, peer })
        : ratioBetween(samples, { scenario, figure, peer, against })
    const reached = found === undefined ? undefined : found <= most
    return { goal, found, limit: `at most ${most}`, reached }
  })
  return [...each, scaling(samples)]
}

/** Cores are added, not the work of a request: requests per second of two workers and of one. */
function scaling(samples: readonly Sample[]): Outcome {
  const figure = 'requestsPerSecond'
  const one = medianOf(samples, { scenario: 'small', figure, peer: wire })
  const two = medianOf(samples, { scenario: 'two', figure, peer: wire })
  const found = one === undefined || two === undefined ? undefined : two / one
  return {
    goal: 'requests per second: two workers against one, wire lane',
    found,
    limit: `at least ${LEAST_SCALING}`,
    reached: found === undefined ? undefined : found >= LEAST_SCALING
  }
}

function cpu(words: string, peer: string, against: string, most: number): RatioGoal {
  return { ...small, goal: `CPU per small request: ${words}`, peer, against, most }
}

function medianOf(
  samples: readonly Sample[],
  { scenario, figure, peer }: Pick<RatioGoal, 'scenario' | 'figure' | 'peer'>
): number | undefined {
  const own = samples.filter((sample) => sample.scenario === scenario && sample.peer === peer)
  return spreadOf(own.flatMap((sample) => sample[figure] ?? []))?.median
}
