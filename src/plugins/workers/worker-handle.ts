import type { ChildProcess, SendHandle } from 'node:child_process'
import type { Table } from '../../gateway/model/table.ts'
import type { NamedStats } from '../../gateway/plugin.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { handleOf, type PassedConnection } from './passed-connection.ts'
import { createTableSender, type TableSender } from './table-sender.ts'

/** starting: not ready, or without a table. serving: takes connections. leaving: ends when they are idle. */
export type WorkerState = 'starting' | 'serving' | 'leaving'

export interface WorkerEvents {
  onReady(worker: WorkerHandle): void
  onUnable(worker: WorkerHandle, lines: readonly string[]): void
  /** It has the newest table that it was offered. */
  onAgreed(worker: WorkerHandle): void
  /** It has ended. @param orphans connections that it did not take */
  onEnded(worker: WorkerHandle, how: string, orphans: readonly PassedConnection[]): void
  /** Connections did not reach it: it lives, and has no descriptors for them. */
  onLost(worker: WorkerHandle, lost: readonly PassedConnection[]): void
  onTold(message: FromWorker): void
}

/** Longest wait for the numbers of one worker, ms; one that is late is left out. */
const STATS_LIMIT_MS = 1000

/** One worker, as the process sees it that started it. */
export class WorkerHandle {
  readonly number: number
  /** Monotonic, ms. */
  readonly startedAt: number
  state: WorkerState = 'starting'
  /** It can be offered tables. */
  isReady = false
  readonly #child: ChildProcess
  readonly #events: WorkerEvents
  readonly #now: () => number
  readonly #table: TableSender
  readonly #passed = new Map<number, PassedConnection>()
  readonly #asked = new Map<number, (stats: NamedStats | undefined) => void>()
  #tableSince = 0
  #lastId = 0

  constructor(
    number: number,
    child: ChildProcess,
    settings: unknown,
    events: WorkerEvents,
    now: () => number
  ) {
    this.number = number
    this.startedAt = now()
    this.#child = child
    this.#events = events
    this.#now = now
    this.#table = createTableSender((patch, whole) => {
      this.#tableSince = now()
      this.#send({ kind: 'table', patch, whole })
    })
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'hello') this.#send({ kind: 'start', number, settings })
      else this.#hear(message)
    })
    // Told of by its exit, or by what it fails to answer.
    child.on('error', () => undefined)
    child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Connections that it has not taken yet. */
  get unclaimed(): number {
    return this.#passed.size
  }

  get tableHash(): string | undefined {
    return this.#table.agreedHash
  }

  /** For how long it has left a table or a connection unanswered, ms. */
  get silentMs(): number {
    const [oldest] = this.#passed.values()
    const since = [
      ...(oldest === undefined ? [] : [oldest.since]),
      ...(this.#table.waits ? [this.#tableSince] : [])
    ]
    return since.length === 0 ? 0 : this.#now() - Math.min(...since)
  }

  offer(table: Table): void {
    this.#table.offer(table)
  }

  pass(connection: PassedConnection): void {
    const handle = handleOf(connection.socket)
    if (handle === undefined) return
    this.#lastId += 1
    this.#passed.set(this.#lastId, connection)
    this.#send(
      { kind: 'connection', id: this.#lastId, listener: connection.listener },
      handle as SendHandle
    )
  }

  /** Undefined when it does not answer in time. */
  stats(): Promise<NamedStats | undefined> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve) => {
      const answer = (stats: NamedStats | undefined): void => {
        clearTimeout(late)
        this.#asked.delete(id)
        resolve(stats)
      }
      const late = setTimeout(answer, STATS_LIMIT_MS, undefined)
      this.#asked.set(id, answer)
      this.#send({ kind: 'stats', id })
    })
  }

  /**
   * Node drops what comes without its handle, and tells neither side. But everything is answered in order: when
   * the numbers come, what was passed before they were asked for and was not taken has not come.
   */
  seekLost(): void {
    void this.stats()
  }

  stopping(): void {
    this.#send({ kind: 'stopping' })
  }

  /** It gets nothing new and ends as soon as its connections are idle. */
  leave(): void {
    this.state = 'leaving'
    this.#send({ kind: 'stop' })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #send(message: ToWorker, handle?: SendHandle): void {
    if (!this.#child.connected) return
    // A failure is the worker's end, which its exit tells.
    this.#child.send(message, handle, () => undefined)
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.isReady = true
        this.#events.onReady(this)
        break
      case 'unable':
        this.#events.onUnable(this, message.lines)
        break
      case 'table':
        this.#table.answered(message.agreed)
        if (!this.#table.waits) this.#events.onAgreed(this)
        break
      case 'took':
        // Both had it until now; what is closed here is only this side's share.
        this.#passed.get(message.id)?.socket.destroy()
        this.#passed.delete(message.id)
        break
      case 'stats':
        this.#asked.get(message.id)?.(message.stats)
        this.#giveUpBefore(message.id)
        break
      default:
        this.#events.onTold(message)
    }
  }

  #giveUpBefore(id: number): void {
    const lost = [...this.#passed].filter(([passedId]) => passedId < id)
    for (const [passedId] of lost) this.#passed.delete(passedId)
    if (lost.length > 0) {
      this.#events.onLost(
        this,
        lost.map(([, connection]) => connection)
      )
    }
  }

  #end(how: string): void {
    for (const answer of this.#asked.values()) answer(undefined)
    const orphans = [...this.#passed.values()]
    this.#passed.clear()
    this.#events.onEnded(this, how, orphans)
  }
}
