import type { Desired, RenderedFile } from '../desired.ts'
import { createCheckFiles } from './check-files.ts'
import { createForeignHaproxy } from './foreign-haproxy.ts'
import type { Log } from './haproxy-process.ts'
import type { KeeperTools } from './keeper-options.ts'
import { createOwnHaproxy, type HandoverNote } from './own-haproxy.ts'
import { createRuntimeSocket } from './runtime-socket.ts'

export interface HaproxySetup {
  /** The program `haproxy`, by name or path: it is run, and it checks files. */
  readonly binary: string
  readonly folder: string
  readonly configFile: string
  /** Path of the socket the files open with `stats socket … level admin`. */
  readonly socket: string
  /** Set: somebody else runs HAProxy, and this reloads it. Empty: nothing can. */
  readonly reloadCommand?: readonly string[]
  /** What tells a worker of ours that its successor takes over; absent: nothing does. */
  readonly handover?: HandoverNote
  /** Longest wait for a start or a reload, ms. */
  readonly startMs: number
  /** Time that open requests get at an explicit stop, ms. */
  readonly stopMs: number
  readonly render: (desired: Desired, folder: string) => readonly RenderedFile[]
  readonly log: Log
  readonly onSettled?: () => void
}

/** The real tools of a keeper. Starts nothing. */
export function createKeeperTools(setup: HaproxySetup): KeeperTools {
  const { render, log, reloadCommand, startMs, onSettled } = setup
  const socket = createRuntimeSocket(setup.socket)
  return {
    socket,
    render,
    log,
    ...(onSettled && { onSettled }),
    check: createCheckFiles(setup),
    now: () => performance.now(),
    startHaproxy: (onExit) =>
      reloadCommand === undefined
        ? createOwnHaproxy(setup, { socket, log, onExit })
        : createForeignHaproxy({ reloadCommand, startMs }, socket)
  }
}
