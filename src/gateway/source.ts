import type { Snapshot } from './model/snapshot.ts'
import type { Stats } from './processes.ts'

/** What a source no longer names, without a reason, and what therefore serves on until that is certain. */
export interface HeldLoss {
  /** Milliseconds since 1970. */
  readonly since: number
  /** Reads since then that said the same; from two on, tasks that take no connection are let go. */
  readonly confirmations: number
  readonly taskCount: number
  readonly appCount: number
  /** A hundred of them at most. */
  readonly apps: readonly HeldApp[]
}

export interface HeldApp {
  readonly id: string
  /** Tasks that are held. */
  readonly tasks: number
  /** The source does not name the app at all. */
  readonly missing: boolean
}

/** What a source tells the gateway. Safe to call at any time, in any order. */
export interface SourceSink {
  /** Replaces everything this source said before. */
  publish(snapshot: Snapshot): void
  /**
   * The task is being killed or has ended: out of rotation at once, until a snapshot omits it. Only
   * while no other task of its service is known to serve is it used still, until the next snapshot.
   */
  taskEnding(taskId: string): void
  /** The task's agent lost contact: last resort from now on, until a snapshot says otherwise. */
  taskUnreachable(taskId: string): void
  /** The source can't reach what it reads; the last snapshot stays in force. */
  failed(reason: string): void
  /** Snapshots hold what the source no longer names; undefined: no more. */
  held(loss: HeldLoss | undefined): void
  /** What an earlier run of the gateway heard of the source last, if it is known. */
  readonly before: Snapshot | undefined
}

/** Gives snapshots of apps with their tasks. Marathon is one; a file is another. */
export interface Source {
  /** Unique among the sources of a gateway: apps and services are known by (source, id). */
  readonly name: string
  /** Begins to publish; returns at once. Ends when the signal aborts. */
  start(sink: SourceSink, signal: AbortSignal): void
  /** Asks for a fresh read, soon and coalesced with others. */
  refresh(reason: string): void
  /** The operator says that what is held is gone. @returns whether there was something */
  letGo?(): boolean
  /**
   * What it did so far, for `/metrics`: counts such as `reads`, `failures` and `events`; `streamOpen` is 1 while
   * its event stream is open.
   */
  stats?(): Stats
}
