import { execFile } from 'node:child_process'
import { parseWorkerPid } from './answers.ts'
import { awaitAnswer } from './await-answer.ts'
import type { HaproxyProcess } from './haproxy-process.ts'
import type { RuntimeSocket } from './runtime-socket.ts'

export interface ForeignHaproxyOptions {
  /** Program and arguments that reload it: `["systemctl", "reload", "haproxy"]`. No shell reads it. */
  readonly reloadCommand: readonly string[]
  /** Longest wait for the command and then for the new worker, ms. */
  readonly startMs: number
}

/** An HAProxy that somebody else starts and ends: we have its socket and a command that reloads it. */
export function createForeignHaproxy(
  { reloadCommand, startMs }: ForeignHaproxyOptions,
  socket: RuntimeSocket
): HaproxyProcess {
  let known = false
  const worker = async () => {
    try {
      return parseWorkerPid(await socket.ask('show', 'info'))
    } catch {
      return undefined
    }
  }
  return {
    async ensure() {
      if (parseWorkerPid(await socket.ask('show', 'info')) === undefined) {
        throw new Error(`${socket.path} is not the socket of an HAProxy`)
      }
      if (known) return 'running'
      known = true
      return 'adopted'
    },
    async reload() {
      const before = await worker()
      await runCommand(reloadCommand, startMs)
      const changed = async () => {
        const now = await worker()
        return now === undefined || now === before ? undefined : now
      }
      if ((await awaitAnswer(changed, startMs)) === undefined) {
        throw new Error(`no new worker answers at ${socket.path} after the reload command`)
      }
    },
    oldWorkers: async () => undefined,
    close: async () => undefined
  }
}

function runCommand([program, ...args]: readonly string[], limitMs: number): Promise<void> {
  if (program === undefined) {
    return Promise.reject(new Error('this change takes a reload, and no reload command is set'))
  }
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: limitMs }, (error, _stdout, stderr) => {
      if (error === null) return resolve()
      const why = stderr.trim().split('\n').at(-1) || error.message
      reject(new Error(`the reload command ${program} failed: ${why.slice(0, 300)}`))
    })
  })
}
