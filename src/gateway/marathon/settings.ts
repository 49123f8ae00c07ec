import type { Credentials } from './authorizer.ts'
import type { Backoff } from './backoff.ts'

/** Where a Marathon cluster is and how it is read. */
export interface MarathonSettings {
  /** Unique among the sources of a gateway, `marathon` as a rule. */
  readonly name: string
  /** Nodes of ONE cluster, tried in order; the one that answered last goes first. */
  readonly urls: readonly string[]
  /** Follow the event stream; without it only `refresh` reads. */
  readonly events: boolean
  readonly credentials?: Credentials | undefined
  /** PEM of a private CA. */
  readonly ca?: string | undefined
  /** Takes any certificate: for trials. Default false. */
  readonly insecureSkipVerify?: boolean | undefined
  /** Version of the gateway in `User-Agent`. */
  readonly version?: string | undefined
  /** Default 3000. */
  readonly connectTimeoutMs?: number | undefined
  /** For a whole answer; default 30 000. */
  readonly requestTimeoutMs?: number | undefined
  /** Biggest answer, unpacked; default 256 MiB. */
  readonly maxAnswerBytes?: number | undefined
  /** From this size on, an event that names an app reads that app alone; default 5 MB. */
  readonly largeAnswerBytes?: number | undefined
  /** An event stream without a byte for this long is dead; default 25 000. */
  readonly silenceMs?: number | undefined
  /** One more read this long after the last event; default 200. */
  readonly quietMs?: number | undefined
  /** Least distance between full reads; default 20. */
  readonly minDistanceMs?: number | undefined
  /** Hold what a snapshot takes away without a reason; default true. */
  readonly lossGuard?: boolean | undefined
  /** Least time until a doubtful snapshot is confirmed by another one; default 1000. */
  readonly lossConfirmMs?: number | undefined
  /** Pause after failures; default 500 to 30 000. */
  readonly backoff?: Backoff | undefined
}

/** Settings with every default filled in. */
export type Settled = Pick<MarathonSettings, 'credentials' | 'ca'> & {
  readonly [Key in Exclude<keyof MarathonSettings, 'credentials' | 'ca'>]-?: NonNullable<
    MarathonSettings[Key]
  >
}

export function settle(settings: MarathonSettings): Settled {
  return {
    ...settings,
    insecureSkipVerify: settings.insecureSkipVerify ?? false,
    version: settings.version ?? '0',
    connectTimeoutMs: settings.connectTimeoutMs ?? 3000,
    requestTimeoutMs: settings.requestTimeoutMs ?? 30_000,
    maxAnswerBytes: settings.maxAnswerBytes ?? 256 * 1024 * 1024,
    largeAnswerBytes: settings.largeAnswerBytes ?? 5_000_000,
    silenceMs: settings.silenceMs ?? 25_000,
    quietMs: settings.quietMs ?? 200,
    minDistanceMs: settings.minDistanceMs ?? 20,
    lossGuard: settings.lossGuard ?? true,
    lossConfirmMs: settings.lossConfirmMs ?? 1000,
    backoff: settings.backoff ?? { minMs: 500, maxMs: 5_000 }
  }
}
