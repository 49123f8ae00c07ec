import type { Desired } from '../desired.ts'
import type { KeeperOptions, KeeperTools } from './keeper-options.ts'
import { publish } from './publisher.ts'
import { type BackendProblem, createQuarantine } from './quarantine.ts'

/** The files on disk: what they say, how old they are, who was left out of them. */
export interface Publication {
  /** What the files say; undefined until the first have been written by us. */
  readonly published: Desired | undefined
  readonly problems: readonly BackendProblem[]
  /** Why the files of this state as a whole can't be loaded; undefined when they can, or nobody tried. */
  unloadable(wanted: Desired | undefined): string | undefined
  readonly rewrites: number
  /** The state without the backends that HAProxy would not load. */
  without(wanted: Desired): Desired
  /** Writes now and waits. @throws Error when files can't be written or checked */
  write(wanted: Desired): Promise<void>
  /** Neither written nor found unloadable for this state, and none before. */
  isFirst(wanted: Desired): boolean
  /** Neither written nor found unloadable for this state, whatever was before. */
  isNew(wanted: Desired): boolean
  /**
   * What the files say if they are of this state, or just written and would do; else undefined, and
   * they are being written.
   */
  freshFor(wanted: Desired, wouldDo: (files: Desired) => boolean): Desired | undefined
  /** Starts a rewrite if the files are old; tells when the next one is due. */
  writeIfDue(wanted: Desired): number
  close(): Promise<void>
}

/** Files this young may be of the state before: what came since is told by commands after the reload. */
const FRESH_MS = 1_000
/** Checking a large state takes seconds of a core: it gets a tenth of the time at most. */
const REST_FACTOR = 10

/** @param onWritten called after each rewrite beside other work */
export function createPublication(
  options: KeeperOptions,
  tools: KeeperTools,
  onWritten: () => void
): Publication {
  const { now, log } = tools
  const quarantine = createQuarantine()
  let published: Desired | undefined
  let writtenFor: Desired | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let restUntil = Number.NEGATIVE_INFINITY
  let unloadable: { readonly wanted: Desired; readonly reason: string } | undefined
  let rewrites = 0
  let writing: Promise<void> | undefined

  async function write(wanted: Desired): Promise<void> {
    const from = now()
    const result = await publish(quarantine.apply(wanted), options, tools)
    restUntil = now() + Math.max(options.rewriteMs, REST_FACTOR * (now() - from))
    if (!result.ok) {
      unloadable = { wanted, reason: result.reason }
      log.error(
        { reason: result.reason },
        'HAProxy would not load the files; the last good ones stay'
      )
      return
    }
    unloadable = undefined
    published = result.desired
    writtenFor = wanted
    writtenAt = now()
    rewrites += 1
    quarantine.add(result.offenders)
    for (const { backend, reason } of result.offenders) {
      log.error(
        { backend: backend.name, reason },
        'HAProxy would not load a backend; it is left out'
      )
    }
  }

  function start(wanted: Desired): void {
    if (writing !== undefined || unloadable?.wanted === wanted) return
    writing = write(wanted)
      .catch((error: Error) => {
        restUntil = now() + options.rewriteMs
        log.error({ reason: error.message }, 'the files of HAProxy could not be written')
      })
      .then(() => {
        writing = undefined
        onWritten()
      })
  }

  return {
    get published() {
      return published
    },
    get problems() {
      return quarantine.problems()
    },
    unloadable: (wanted) => (unloadable?.wanted === wanted ? unloadable?.reason : undefined),
    get rewrites() {
      return rewrites
    },
    without: (wanted) => quarantine.apply(wanted),
    async write(wanted) {
      await writing
      await write(wanted)
    },
    isNew: (wanted) => writtenFor !== wanted && unloadable?.wanted !== wanted,
    isFirst: (wanted) => published === undefined && unloadable?.wanted !== wanted,
    freshFor(wanted, wouldDo) {
      const isRecent = writing === undefined && now() - writtenAt < FRESH_MS
      if (published !== undefined) {
        if (writtenFor === wanted && writing === undefined) return published
        if (isRecent && wouldDo(published)) return published
      }
      start(wanted)
      return undefined
    },
    writeIfDue(wanted) {
      const isCurrent = writtenFor === wanted || unloadable?.wanted === wanted
      if (isCurrent || writing !== undefined) return Number.POSITIVE_INFINITY
      if (now() < restUntil) return restUntil
      start(wanted)
      return Number.POSITIVE_INFINITY
    },
    close: async () => {
      await writing
    }
  }
}
