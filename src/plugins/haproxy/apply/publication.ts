import type { Desired } from '../desired.ts'
import type { KeeperOptions, KeeperTools } from './keeper-options.ts'
import { isCovered, publish, publishUnchecked } from './publisher.ts'
import { type BackendProblem, createQuarantine } from './quarantine.ts'

/** The files on disk: what they say, how old they are, who was left out of them. */
export interface Publication {
  /** What the files say; undefined until the first have been written by us. */
  readonly published: Desired | undefined
  readonly problems: readonly BackendProblem[]
  /** Why files could not be written last; undefined when they could. */
  readonly unwritten: string | undefined
  /** Why the files of this state as a whole can't be loaded; undefined when they can, or nobody tried. */
  unloadable(wanted: Desired | undefined): string | undefined
  readonly rewrites: number
  /** The state without the backends that HAProxy would not load. */
  without(wanted: Desired): Desired
  /** Writes now and waits. @throws Error when files can't be written or checked */
  write(wanted: Desired): Promise<void>
  /** Neither written nor found unloadable for this state, and none before; false while a failure rests. */
  isFirst(wanted: Desired): boolean
  /** Neither written nor found unloadable for this state, whatever was before; false while a failure rests. */
  isNew(wanted: Desired): boolean
  /**
   * Whether files of this state can be had at once, or such as were just written and would do; else they
   * are being written.
   */
  isReady(wanted: Desired, wouldDo: (files: Desired) => boolean): boolean
  /**
   * The files as new as they can be had, for a reload that follows at once: the new worker shall not lack
   * a task that has come since they were written. @returns what they say
   * @throws Error when files can't be written, or there are none
   */
  renewed(wanted: Desired): Promise<Desired>
  /** Starts a rewrite if the files are old; tells when the next one is due. */
  writeIfDue(wanted: Desired): number
  close(): Promise<void>
}

/** Files this young may be of the state before: what came since is told by commands after the reload. */
const FRESH_MS = 1_000
/** Checking a large state takes seconds of a core: it gets a tenth of the time at most. */
const REST_FACTOR = 10
/** From a failure to the next try, ms: a disk does not empty by being tried. */
const FAILED_REST_MS = 5_000

/**
 * @param onWritten called after each rewrite beside other work
 * @param addsBackends whether HAProxy can make backends at run time, as far as is known by now
 */
export function createPublication(
  options: KeeperOptions,
  tools: Pick<KeeperTools, 'render' | 'check' | 'log' | 'now'>,
  onWritten: () => void,
  addsBackends = () => options.addsBackends ?? false
): Publication {
  const { now, log } = tools
  const quarantine = createQuarantine()
  let published: Desired | undefined
  let writtenFor: Desired | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let restUntil = Number.NEGATIVE_INFINITY
  let failedUntil = Number.NEGATIVE_INFINITY
  let unwritten: string | undefined
  let unloadable: { readonly wanted: Desired; readonly reason: string } | undefined
  let rewrites = 0
  let writing: Promise<void> | undefined
  const optionsNow = () => ({ ...options, addsBackends: addsBackends() })

  async function write(wanted: Desired): Promise<void> {
    const from = now()
    const result = await publish(quarantine.apply(wanted), optionsNow(), tools).catch(unable)
    if (unwritten !== undefined) log.info({}, 'the files of HAProxy can be written again')
    unwritten = undefined
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

  /** Logged when it begins; whoever waits is told each time. */
  function unable(error: Error): never {
    const { message } = error
    if (message !== unwritten) {
      log.error({ reason: message }, 'the files of HAProxy could not be written')
    }
    unwritten = message
    failedUntil = now() + FAILED_REST_MS
    throw error
  }

  /** With somebody in quarantine everything is checked: who was left out may be back in another form. */
  function canRenew(wanted: Desired, files: Desired): boolean {
    return quarantine.problems().length === 0 && isCovered(wanted, files, optionsNow())
  }

  const mayWrite = (wanted: Desired) => unloadable?.wanted !== wanted && now() >= failedUntil

  function start(wanted: Desired): void {
    if (writing !== undefined || !mayWrite(wanted)) return
    writing = write(wanted)
      .catch(() => undefined)
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
    get unwritten() {
      return unwritten
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
    isNew: (wanted) => writtenFor !== wanted && mayWrite(wanted),
    isFirst: (wanted) => published === undefined && mayWrite(wanted),
    isReady(wanted, wouldDo) {
      if (writing === undefined && published !== undefined) {
        if (writtenFor === wanted || canRenew(wanted, published)) return true
        if (now() - writtenAt < FRESH_MS && wouldDo(published)) return true
      }
      start(wanted)
      return false
    },
    async renewed(wanted) {
      if (published === undefined) throw new Error('there are no files to load')
      if (writtenFor === wanted || !canRenew(wanted, published)) return published
      published = await publishUnchecked(wanted, optionsNow(), tools).catch(unable)
      writtenFor = wanted
      writtenAt = now()
      rewrites += 1
      return published
    },
    writeIfDue(wanted) {
      const isCurrent = writtenFor === wanted || unloadable?.wanted === wanted
      if (isCurrent || writing !== undefined) return Number.POSITIVE_INFINITY
      const dueAt = Math.max(restUntil, failedUntil)
      if (now() < dueAt) return dueAt
      start(wanted)
      return Number.POSITIVE_INFINITY
    },
    close: async () => {
      await writing
    }
  }
}
