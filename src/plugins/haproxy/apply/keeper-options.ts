import type { Desired, RenderedFile } from '../desired.ts'
import type { CheckFiles } from './check-files.ts'
import type { HaproxyProcess, Log } from './haproxy-process.ts'
import type { BackendProblem } from './quarantine.ts'
import type { RuntimeSocket } from './runtime-socket.ts'

export interface KeeperOptions {
  /** Absolute path of the folder of the files. */
  readonly folder: string
  /** Name of the main file among them. */
  readonly configFile: string
  /** Spare backends for each kind of settings, for new apps without a reload where none can be made. */
  readonly spares: number
  /** The program can make backends at run time, as it says; absent: it can't. Once it runs, it is asked. */
  readonly addsBackends?: boolean
  /** Shortest time between two rewrites of the files, ms; before a reload they are written anyway. */
  readonly rewriteMs: number
  /** Shortest time between two reloads, ms. */
  readonly reloadEveryMs: number
  /** How often all of HAProxy's state is compared, ms. */
  readonly compareMs: number
  /** After this time the connections of a task that has gone are ended, ms. */
  readonly leaveMs: number
}

export interface KeeperTools {
  /** Of the process that `haproxy` runs. */
  readonly socket: RuntimeSocket
  /** @param onExit to be called when it ended by itself */
  readonly startHaproxy: (onExit: () => void) => HaproxyProcess
  readonly render: (desired: Desired, folder: string) => readonly RenderedFile[]
  readonly check: CheckFiles
  readonly log: Log
  /** Asked right before a reload; false: not now, another state is about to follow. */
  readonly mayReload?: () => Promise<boolean>
  /** Called whenever all that was asked for is in force. */
  readonly onSettled?: () => void
  /** A clock that only goes forward, ms. */
  readonly now: () => number
}

export interface KeeperStatus {
  /** starting: none has run yet. running: HAProxy runs and is up to date or nearly. failing: see `failure`. */
  readonly state: 'starting' | 'running' | 'failing'
  readonly failure?: string
  /** HAProxy's version, by itself. */
  readonly version?: string
  readonly worker?: number
  readonly oldWorkers?: number
  /** Since the start of the gateway. */
  readonly counts: KeeperCounts
  /** Why a reload is due, while it waits. */
  readonly reloadDue?: string
  /** From `apply` until the last change was in force and read back, ms. */
  readonly lastChangeMs?: number
  /** Backends HAProxy would not load; they are left out. */
  readonly problems: readonly BackendProblem[]
  /** Why the files as a whole can't be loaded; the last good ones stay. */
  readonly unloadable?: string
  /** Why the files could not be written last; those of before stay. */
  readonly unwritten?: string
  /** Everything that was asked for is in force. */
  readonly settled: boolean
}

export interface KeeperCounts {
  readonly steps: number
  readonly reloads: number
  /** Starts of HAProxy by us. */
  readonly starts: number
  readonly adoptions: number
  /** Steps that repaired what somebody else changed or what got lost. */
  readonly repairs: number
  readonly refusals: number
  readonly rewrites: number
}
