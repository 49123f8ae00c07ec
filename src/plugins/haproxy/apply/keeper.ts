import type { Desired } from '../desired.ts'
import type { CloseOptions, HaproxyProcess } from './haproxy-process.ts'
import { HeldHaproxy } from './held-haproxy.ts'
import type { KeeperOptions, KeeperStatus, KeeperTools } from './keeper-options.ts'
import { createLoop, type Loop } from './loop.ts'
import { createPublication, type Publication } from './publication.ts'

/** Keeps a running HAProxy in the state that was asked for last. */
export interface HaproxyKeeper {
  /** Asks for a state. Never throws or waits; a later call replaces an earlier one. */
  apply(desired: Desired): void
  readonly status: KeeperStatus
  /** The section that HAProxy runs for a backend: a spare, where one stands in, or its own. */
  sectionOf(backend: string): string
  /** Stops keeping. HAProxy itself goes on unless it shall end too. */
  close(options: CloseOptions): Promise<void>
}

/** Starts nothing until the first `apply`. */
export function createHaproxyKeeper(options: KeeperOptions, tools: KeeperTools): HaproxyKeeper {
  return new Keeper(options, tools)
}

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

class Keeper implements HaproxyKeeper {
  readonly #options: KeeperOptions
  readonly #tools: KeeperTools
  readonly #counts = {
    steps: 0,
    reloads: 0,
    starts: 0,
    adoptions: 0,
    repairs: 0,
    refusals: 0,
    rewrites: 0
  }
  readonly #held: HeldHaproxy
  readonly #haproxy: HaproxyProcess
  readonly #publication: Publication
  readonly #loop: Loop
  #wanted: Desired | undefined
  #askedAt = 0
  #applied: Desired | undefined
  #lastChangeMs: number | undefined
  #failure: string | undefined
  #retryMs = 0
  #hasRun = false
  #needsReload: string | undefined
  #reloadDue: string | undefined
  #reloadFailure: string | undefined
  #reloadedAt = Number.NEGATIVE_INFINITY
  #reloadedFor: Desired | undefined
  #oldWorkers: number | undefined

  constructor(options: KeeperOptions, tools: KeeperTools) {
    this.#options = options
    this.#tools = tools
    this.#held = new HeldHaproxy(options, tools, this.#counts)
    this.#loop = createLoop(() => this.#run())
    this.#haproxy = tools.startHaproxy(() => {
      this.#applied = undefined
      this.#loop.poke()
    })
    this.#publication = createPublication(
      options,
      tools,
      () => this.#loop.poke(),
      () => this.#held.addsBackends ?? options.addsBackends ?? false
    )
  }

  apply(desired: Desired): void {
    this.#wanted = desired
    this.#askedAt = this.#tools.now()
    this.#loop.poke()
  }

  get status(): KeeperStatus {
    const { problems, rewrites } = this.#publication
    const failure = this.#failure ?? this.#reloadFailure
    const optional = {
      failure,
      version: this.#held.version,
      worker: this.#held.worker,
      oldWorkers: this.#oldWorkers,
      reloadDue: this.#reloadDue,
      lastChangeMs: this.#lastChangeMs,
      unloadable: this.#publication.unloadable(this.#wanted),
      unwritten: this.#publication.unwritten
    }
    const known = Object.entries(optional).filter(([, value]) => value !== undefined)
    return {
      ...Object.fromEntries(known),
      state: failure !== undefined ? 'failing' : this.#hasRun ? 'running' : 'starting',
      counts: { ...this.#counts, rewrites },
      problems,
      settled: this.#isSettled()
    }
  }

  sectionOf(backend: string): string {
    return this.#held.sectionOf(backend, this.#wanted?.indirection) ?? backend
  }

  async close(options: CloseOptions): Promise<void> {
    await this.#loop.close()
    await this.#publication.close()
    await this.#haproxy.close(options)
  }

  /** Never throws; tells when to run again. */
  async #run(): Promise<number> {
    const wanted = this.#wanted
    if (wanted === undefined) return Number.POSITIVE_INFINITY
    try {
      const nextAt = await this.#keep(wanted)
      this.#failure = undefined
      this.#retryMs = 0
      if (this.#isSettled()) this.#tools.onSettled?.()
      return nextAt - this.#tools.now()
    } catch (error) {
      this.#failed(error as Error)
      return this.#retryMs
    }
  }

  #failed(error: Error): void {
    const { unwritten } = this.#publication
    const files = unwritten === undefined ? '' : `; its files could not be written: ${unwritten}`
    const message = `${error.message}${files}`
    if (message !== this.#failure)
      this.#tools.log.warn({ reason: message }, 'HAProxy is not in step')
    this.#failure = message
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LONGEST_RETRY_MS)
    this.#applied = undefined
    this.#held.doubt()
  }

  async #keep(wanted: Desired): Promise<number> {
    // What HAProxy could not start with may be gone from the state.
    const isAnotherTry = this.#failure !== undefined && this.#publication.isNew(wanted)
    if (isAnotherTry || this.#publication.isFirst(wanted)) await this.#write(wanted)
    await this.#hold(wanted)
    const effective = this.#publication.without(wanted)
    const { reload, refused } = await this.#held.converge(effective)
    const why = this.#needsReload ?? reload
    const isHopeless = refused && this.#reloadedFor === wanted
    // Before anybody may ask whether all is in force.
    this.#reloadDue = isHopeless ? undefined : why
    this.#noteChange(wanted)
    await this.#held.reap()
    if (isHopeless) throw new Error('HAProxy takes neither commands nor files for this state')
    const reloadAt = await this.#reloadIfDue(wanted)
    return Math.min(this.#held.nextAt, reloadAt, this.#publication.writeIfDue(wanted))
  }

  /** Without new ones the HAProxy that runs, or one with the files of before, is kept in step as far as that goes. */
  async #write(wanted: Desired): Promise<void> {
    await this.#publication.write(wanted).catch(() => undefined)
  }

  /** A worker that we know all of, or as much as can be known. */
  async #hold(wanted: Desired): Promise<void> {
    const how = await this.#haproxy.ensure()
    const files = this.#publication.published
    if (how !== 'running') this.#applied = undefined
    if (how === 'started') this.#counts.starts += 1
    if (how === 'adopted') this.#counts.adoptions += 1
    if (how === 'adopted' || (how === 'started' && files === undefined)) {
      this.#needsReload = await this.#held.adopt(wanted)
    } else if (files !== undefined && (how === 'started' || !(await this.#held.isSame()))) {
      await this.#held.loaded(files)
    }
    this.#hasRun = true
  }

  /** When a reload may be possible that is not yet. */
  async #reloadIfDue(wanted: Desired): Promise<number> {
    if (this.#reloadDue === undefined) {
      this.#reloadFailure = undefined
      return Number.POSITIVE_INFINITY
    }
    const allowedAt = this.#reloadedAt + this.#options.reloadEveryMs
    if (this.#tools.now() < allowedAt) return allowedAt
    const effective = this.#publication.without(wanted)
    const isReady = this.#publication.isReady(wanted, (files) =>
      this.#held.wouldDo(files, effective)
    )
    // Writing goes on beside changes; it pokes the loop when it is done.
    if (!isReady) return Number.POSITIVE_INFINITY
    if ((await this.#tools.mayReload?.()) === false) {
      return this.#tools.now() + this.#options.reloadEveryMs
    }
    const files = await this.#publication.renewed(wanted)
    this.#tools.log.info({ reason: this.#reloadDue }, 'reloading HAProxy')
    this.#reloadedAt = this.#tools.now()
    this.#reloadedFor = wanted
    // In force again only when the difference to the files has been applied.
    this.#applied = undefined
    try {
      await this.#haproxy.reload()
    } catch (error) {
      this.#reloadFailure = (error as Error).message
      this.#tools.log.error({ reason: this.#reloadFailure }, 'HAProxy could not be reloaded')
      this.#held.doubt()
      return this.#reloadedAt + this.#options.reloadEveryMs
    }
    this.#reloadFailure = undefined
    this.#counts.reloads += 1
    this.#needsReload = undefined
    this.#reloadDue = undefined
    await this.#held.loaded(files)
    this.#oldWorkers = await this.#haproxy.oldWorkers()
    // At once: what has changed since the files were written.
    return this.#tools.now()
  }

  #noteChange(wanted: Desired): void {
    if (this.#applied !== wanted) this.#lastChangeMs = this.#tools.now() - this.#askedAt
    this.#applied = wanted
  }

  #isSettled(): boolean {
    const isApplied = this.#wanted !== undefined && this.#applied === this.#wanted
    return isApplied && this.#failure === undefined && this.#reloadDue === undefined
  }
}
