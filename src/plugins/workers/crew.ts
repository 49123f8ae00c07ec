import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { FastifyBaseLogger } from 'fastify'
import type { NamedStats } from '../../gateway/plugin.ts'
import type { Leader, TrafficProcesses } from '../../gateway/processes.ts'
import type { FromWorker } from './messages.ts'
import type { PassedConnection } from './passed-connection.ts'
import { replacementDelay } from './replacement-pace.ts'
import { createTurns } from './turns.ts'
import { WorkerHandle, type WorkerState } from './worker-handle.ts'

export interface CrewTools {
  readonly count: number
  /** Starts a process that speaks as `createControlLink` does. */
  fork(): ChildProcess
  /** What each of them gets to begin with; passes as JSON. */
  readonly settings: unknown
  readonly log: FastifyBaseLogger
  /** One that leaves a table or a connection unanswered for so long hangs, ms; 10,000 by default. */
  readonly hangsMs?: number
}

/** One worker, as operators see it. */
export interface WorkerStatus {
  readonly number: number
  readonly pid: number | undefined
  readonly state: WorkerState
  readonly ranSeconds: number
  /** Hash of the table it has; null until it has one. */
  readonly table: string | null
  /** Connections that were passed to it and that it has not taken yet. */
  readonly unclaimed: number
}

/** The processes that carry the traffic of this one. */
export interface Crew extends TrafficProcesses {
  readonly count: number
  readonly workers: readonly WorkerStatus[]
  /** How many took the place of one that ended by itself. */
  readonly replaced: number
  /** Starts some, or lets some go as soon as their connections are idle. */
  setCount(count: number): void
  /** Ends what is left of them, at once. */
  kill(): void
}

const HANGS_MS = 10_000
/** So does one that is not ready after this time, even on a machine that is busy with much else. */
const STARTS_MS = 60_000
const LOOK_MS = 1000
/** What a worker may take beyond the deadline of a stop to notice it by itself, ms. */
const GRACE_MS = 2000

/** Starts the workers. See docs/workers.md. */
export function createCrew(tools: CrewTools): Crew {
  const { count: first, fork, settings, log, hangsMs = HANGS_MS } = tools
  const workers = new Set<WorkerHandle>()
  const turns = createTurns(workers)
  const now = (): number => performance.now()
  let leader: Leader | undefined
  let count = first
  let lastNumber = 0
  let pause = 0
  let replaced = 0
  let isStopping = false
  let onNoneLeft = (): void => undefined
  const told = new EventEmitter()
  const taken = once(told, 'open').then(() => undefined)
  // Who waits for it is told; nobody has to.
  taken.catch(() => undefined)
  let isOpen = false

  const events = {
    onReady(worker: WorkerHandle): void {
      if (leader?.store.published === true) worker.offer(leader.store.current)
      else serve(worker)
    },
    onAgreed: serve,
    onUnable(worker: WorkerHandle, lines: readonly string[]): void {
      const reason = `a worker can’t start: ${lines.join(' ')}`
      if (isOpen) log.error({ worker: worker.number }, reason)
      else fail(reason)
    },
    onEnded(worker: WorkerHandle, how: string, orphans: readonly PassedConnection[]): void {
      workers.delete(worker)
      for (const orphan of orphans) turns.pass(orphan)
      if (workers.size === 0) onNoneLeft()
      if (worker.state === 'leaving' || isStopping) return
      if (!isOpen) fail(`a worker ended while it started: ${how}`)
      pause = replacementDelay(now() - worker.startedAt, pause)
      log.error({ worker: worker.number, how, inMs: pause }, 'a worker ended; it is replaced')
      setTimeout(replace, pause)
    },
    onLost(worker: WorkerHandle, lost: readonly PassedConnection[]): void {
      const facts = { worker: worker.number, refused: lost.length }
      log.warn(
        facts,
        'a worker has no file descriptors left for connections of clients (ulimit -n)'
      )
      for (const connection of lost) connection.refuse()
    },
    onTold(message: FromWorker): void {
      if (message.kind === 'refresh') leader?.refresh(message.reason)
      if (message.kind === 'failure') leader?.noteFailure(message.route, message.failure)
      if (message.kind === 'note') leader?.noteEndpoint(message.note)
    }
  }

  /** Not before it has a table, if there is one: it would know no app. */
  function serve(worker: WorkerHandle): void {
    if (worker.state !== 'starting') return
    worker.state = 'serving'
    log.info({ worker: worker.number, pid: worker.pid }, 'a worker is ready')
    turns.flush()
    if (active().every(({ state }) => state === 'serving')) open()
  }

  function active(): WorkerHandle[] {
    return [...workers].filter(({ state }) => state !== 'leaving')
  }

  function start(): void {
    lastNumber += 1
    workers.add(new WorkerHandle(lastNumber, fork(), settings, events, now))
  }

  function replace(): void {
    if (isStopping || active().length >= count) return
    replaced += 1
    start()
  }

  function open(): void {
    isOpen = true
    told.emit('open')
  }

  function fail(reason: string): void {
    // Only the first reason counts, and nobody listens after it.
    if (told.listenerCount('error') > 0) told.emit('error', new Error(reason))
  }

  function hangs({ state, silentMs, startedAt }: WorkerHandle): boolean {
    if (state === 'starting') return now() - startedAt > STARTS_MS
    return state === 'serving' && silentMs > hangsMs
  }

  function look(): void {
    for (const worker of workers) {
      if (worker.silentMs > LOOK_MS) worker.seekLost()
      if (!hangs(worker)) continue
      log.error({ worker: worker.number, pid: worker.pid }, 'a worker hangs; it is ended')
      worker.kill()
    }
  }

  for (let started = 0; started < count; started += 1) start()
  const looks = setInterval(look, LOOK_MS).unref()

  function kill(): void {
    isStopping = true
    clearInterval(looks)
    for (const worker of workers) worker.kill()
  }

  return {
    role: 'control',
    taken,
    pass: (listener, socket, refuse) => turns.pass({ listener, socket, since: now(), refuse }),
    lead(by) {
      leader = by
      by.store.onSwap((table) => {
        for (const worker of workers) if (worker.isReady) worker.offer(table)
      })
    },
    stopping() {
      for (const worker of workers) worker.stopping()
    },
    async ended(deadline) {
      isStopping = true
      clearInterval(looks)
      turns.close()
      for (const worker of active()) worker.leave()
      const killLate = (): void => void setTimeout(kill, GRACE_MS).unref()
      if (deadline.aborted) killLate()
      deadline.addEventListener('abort', killLate, { once: true })
      if (workers.size > 0) await new Promise<void>((resolve) => (onNoneLeft = resolve))
    },
    async stats() {
      const all = await Promise.all([...workers].map((worker) => worker.stats()))
      return all.filter((stats): stats is NamedStats => stats !== undefined)
    },
    get count() {
      return count
    },
    get workers() {
      return [...workers].map((worker) => statusOf(worker, now()))
    },
    get replaced() {
      return replaced
    },
    setCount(next) {
      count = next
      if (isStopping) return
      while (active().length < count) start()
      for (const worker of active().slice(count)) worker.leave()
    },
    kill
  }
}

function statusOf(worker: WorkerHandle, now: number): WorkerStatus {
  const { number, pid, state, startedAt, tableHash, unclaimed } = worker
  const ranSeconds = Math.round((now - startedAt) / 100) / 10
  return { number, pid, state, ranSeconds, table: tableHash ?? null, unclaimed }
}
