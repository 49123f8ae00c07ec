import Type, { type TString } from 'typebox'

const DURATION = /^(0|[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h))$/

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** The longest time Node's timers can wait: 2^31 - 1 ms, almost 25 days. */
const LONGEST_MS = 2_147_483_647

export interface DurationOptions {
  readonly default: string
  readonly description: string
  /** Shortest time allowed, written like a value. */
  readonly minimum?: string
}

/**
 * Schema of a length of time: a number with its unit, such as `500ms`, `30s`, `5m`, `1h`; or `0`.
 * At most 24 days. The value stays the text; `durationMs` gives milliseconds.
 */
export function Duration(options: DurationOptions): TString {
  const minimumMs = options.minimum === undefined ? 0 : durationMs(options.minimum)
  const schema = Type.String({
    pattern: DURATION.source,
    duration: true,
    default: options.default,
    description: options.description,
    ...(options.minimum === undefined ? {} : { shortest: options.minimum })
  })
  return Type.Refine(
    schema,
    (text: string) => isDuration(text) && durationMs(text) >= minimumMs,
    () => `must be at least ${options.minimum ?? '0'}`
  )
}

/**
 * Milliseconds of a text such as `500ms`, `30s`, `5m`, `1h` or `0`.
 * @throws RangeError when the text is no duration or longer than 24 days
 */
export function durationMs(text: string): number {
  if (!isDuration(text)) throw new RangeError(`${JSON.stringify(text)} is no duration such as 30s`)
  return millisecondsOf(text)
}

function isDuration(text: string): boolean {
  return DURATION.test(text) && millisecondsOf(text) <= LONGEST_MS
}

function millisecondsOf(text: string): number {
  const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof MS | undefined
  return unit === undefined ? 0 : Math.round(Number.parseFloat(text) * MS[unit])
}
