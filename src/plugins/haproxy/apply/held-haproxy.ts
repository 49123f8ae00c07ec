import type { Desired } from '../desired.ts'
import { parseWorkerPid } from './answers.ts'
import { askCapabilities, type Capabilities } from './capabilities.ts'
import type { KeeperCounts, KeeperOptions, KeeperTools } from './keeper-options.ts'
import { createLeavers } from './leavers.ts'
import { readLoaded, saveLoaded } from './loaded-facts.ts'
import { createMadeSections, publishMade, withoutUnmade } from './made-sections.ts'
import { perform, type Refusal } from './perform.ts'
import { planChange } from './plan.ts'
import { readAll, readTouched } from './read-back.ts'
import { type Running, runningOf, withWords, wordsOf } from './running.ts'

/** Rounds of steps and reading back before run-time commands are given up for a state. */
const MAX_ROUNDS = 3
const UNSAVED =
  'what HAProxy has loaded could not be written down; tried again with the next change'

type Counts = { -readonly [Name in keyof KeeperCounts]: number }

/** What came of bringing a state into force by commands. */
export interface Converged {
  /** Why a reload has to do the rest. */
  readonly reload?: string
  /** HAProxy refused commands again and again. */
  readonly refused: boolean
}

/** One worker of HAProxy, what it holds, and how it gets to hold something else without a reload. */
export class HeldHaproxy {
  readonly #options: KeeperOptions
  readonly #tools: KeeperTools
  readonly #counts: Counts
  readonly #leavers: ReturnType<typeof createLeavers>
  readonly #made = createMadeSections()
  #capabilities: Capabilities | undefined
  #running: Running | undefined
  #worker: number | undefined
  /** The state that was brought into force last, as far as commands can. */
  #inForce: Desired | undefined
  /** Name of the map that leads to sections. */
  #indirection: string | undefined
  #comparedAt = Number.NEGATIVE_INFINITY
  /** Why it is not on disk what the worker has loaded. */
  #unsaved: string | undefined

  constructor(options: KeeperOptions, tools: KeeperTools, counts: Counts) {
    this.#options = options
    this.#tools = tools
    this.#counts = counts
    this.#leavers = createLeavers(options.leaveMs)
  }

  get worker(): number | undefined {
    return this.#worker
  }

  /** Whether it can make backends at run time; undefined while none is known. */
  get addsBackends(): boolean | undefined {
    return this.#capabilities?.addBackend
  }

  get version(): string | undefined {
    return this.#capabilities?.version
  }

  /** What stands for a backend, by the map of this name. */
  sectionOf(backend: string, indirection = ''): string | undefined {
    return this.#running?.maps.get(indirection)?.get(backend)
  }

  /** When it wants attention by itself: to compare, or to delete servers. */
  get nextAt(): number {
    const compareAt = this.#comparedAt + this.#options.compareMs
    return Math.min(compareAt, this.#leavers.nextAt(), this.#made.nextAt())
  }

  /** Something may have happened that nobody told us of: compare everything next time. */
  doubt(): void {
    this.#inForce = undefined
    this.#comparedAt = Number.NEGATIVE_INFINITY
  }

  /** A worker has just loaded the files of this state. @throws RuntimeSocketError */
  async loaded(desired: Desired): Promise<void> {
    this.#running = runningOf(desired)
    this.#worker = await this.#askWorker()
    this.#capabilities = await askCapabilities(this.#tools.socket)
    this.#leavers.forgetAll()
    this.#made.forgetAll()
    this.doubt()
    await this.#save()
  }

  /**
   * A worker was there before us. @returns why it has to be reloaded whatever else is wanted
   * @throws RuntimeSocketError
   */
  async adopt(desired: Desired): Promise<string | undefined> {
    this.#worker = await this.#askWorker()
    this.#capabilities = await askCapabilities(this.#tools.socket)
    this.#leavers.forgetAll()
    this.#made.forgetAll()
    const { folder } = this.#options
    const loaded = this.#worker === undefined ? undefined : await readLoaded(folder, this.#worker)
    if (loaded === undefined) return 'nobody knows what this HAProxy has loaded'
    const { addBackend } = this.#capabilities
    const { socket } = this.#tools
    this.#running = await readAll(socket, folder, loaded, { adopted: true, addBackend })
    await publishMade(this.#line, this.#running)
    this.#comparedAt = this.#tools.now()
    const isNew = (words: string) => loaded.words?.has(words) === false
    return [...wordsOf(desired)].some(isNew) ? 'no server was given these settings' : undefined
  }

  /** Whether the worker that answers is the one we know. @throws RuntimeSocketError */
  async isSame(): Promise<boolean> {
    return (await this.#askWorker()) === this.#worker
  }

  /** Whether these files, once loaded, leave nothing that takes another reload. */
  wouldDo(files: Desired, desired: Desired): boolean {
    if (this.#capabilities === undefined) return false
    return planChange(runningOf(files), desired, this.#capabilities).reload === undefined
  }

  /** Deletes servers whose connections have ended, and made sections of theirs. @throws RuntimeSocketError */
  async reap(): Promise<void> {
    if (this.#running === undefined) return
    const now = this.#tools.now()
    this.#running = await this.#leavers.reap(this.#line, this.#running, now)
    this.#running = await this.#made.reap(this.#line, this.#running, this.#indirection, now)
  }

  /**
   * Plans, performs, reads back what was touched, until nothing differs.
   * @throws RuntimeSocketError
   */
  async converge(desired: Desired): Promise<Converged> {
    await this.#compareIfDue()
    this.#indirection = desired.indirection
    let isRepair = false
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (this.#running === undefined || this.#capabilities === undefined) return { refused: false }
      const plan = planChange(this.#running, desired, this.#capabilities)
      const { steps, reload } = plan
      if (steps.length === 0) {
        await this.#noteWords(desired)
        this.#inForce = desired
        return { refused: false, ...(reload === undefined ? {} : { reload }) }
      }
      const refusals = await perform(this.#line, steps)
      this.#counts.steps += steps.length
      this.#counts.refusals += refusals.length
      if (isRepair) this.#counts.repairs += steps.length
      this.#tell(refusals)
      this.#leavers.note(steps, this.#tools.now())
      const { socket } = this.#tools
      const after = withoutUnmade(plan.after, refusals)
      this.#running = await readTouched(socket, this.#options.folder, after, steps)
      // What differs although nothing was refused was changed by somebody else meanwhile.
      isRepair = refusals.length === 0
    }
    return { refused: true, reload: 'HAProxy did not take some commands at run time' }
  }

  /** Reads everything when that is due, and counts what differs from what was in force. */
  async #compareIfDue(): Promise<void> {
    const now = this.#tools.now()
    if (this.#running === undefined || now < this.#comparedAt + this.#options.compareMs) return
    const { socket } = this.#tools
    const { folder } = this.#options
    const addBackend = this.addsBackends ?? false
    this.#running = await readAll(socket, folder, this.#running, { adopted: false, addBackend })
    this.#comparedAt = now
    if (this.#inForce === undefined || this.#capabilities === undefined) return
    const { steps } = planChange(this.#running, this.#inForce, this.#capabilities)
    this.#counts.repairs += steps.length
  }

  /** For who adopts this HAProxy: a server's words are not told. */
  async #noteWords(desired: Desired): Promise<void> {
    const before = this.#running
    if (before === undefined || this.#worker === undefined) return
    this.#running = withWords(before, desired)
    if (this.#running !== before || this.#unsaved !== undefined) await this.#save()
  }

  /** Steering does not depend on it; a gateway that adopts this HAProxy without it has to reload. */
  async #save(): Promise<void> {
    if (this.#worker === undefined || this.#running === undefined) return
    try {
      await saveLoaded(this.#options.folder, this.#worker, this.#running)
      this.#unsaved = undefined
    } catch (error) {
      const reason = (error as Error).message
      if (reason !== this.#unsaved) this.#tools.log.error({ reason }, UNSAVED)
      this.#unsaved = reason
    }
  }

  async #askWorker(): Promise<number | undefined> {
    return parseWorkerPid(await this.#tools.socket.ask('show', 'info'))
  }

  get #line() {
    const experimental = this.#capabilities?.experimental ?? false
    return { socket: this.#tools.socket, folder: this.#options.folder, experimental }
  }

  #tell(refusals: readonly Refusal[]): void {
    for (const { step, reason } of refusals.slice(0, 10)) {
      this.#tools.log.warn({ step, reason }, 'HAProxy did not take a command')
    }
  }
}
