import { parseProcesses, type SeenProcesses } from './answers.ts'
import { encodeCommand } from './runtime-command.ts'
import { exchange } from './runtime-socket.ts'

/** The command line of HAProxy's master process (`-S`). */
export interface MasterSocket {
  /** Undefined while nobody answers: the master is gone, or busy with itself during a reload. */
  processes(): Promise<SeenProcesses | undefined>
  /** Asks for a reload; what comes of it is seen in `processes`. */
  reload(): Promise<void>
  /** Runs a command in one of the workers, former ones included. @throws RuntimeSocketError, UnsafeWordError */
  tell(worker: number, words: readonly string[]): Promise<void>
}

/** Since 2.7 `reload` answers only when the new worker is up. */
const RELOAD_LIMITS = { silenceMs: 120_000, maxBytes: 1024 * 1024 }
const LIMITS = { silenceMs: 2_000, maxBytes: 1024 * 1024 }

export function createMasterSocket(path: string): MasterSocket {
  return {
    async processes() {
      try {
        // The master keeps the connection open until it is told to quit (2.6.12).
        return parseProcesses(await exchange(path, 'show proc\nquit\n', LIMITS))
      } catch {
        return undefined
      }
    },
    async reload() {
      await exchange(path, 'reload\nquit\n', RELOAD_LIMITS)
    },
    async tell(worker, words) {
      await exchange(path, `@!${worker} ${encodeCommand({ words })}\nquit\n`, LIMITS)
    }
  }
}
