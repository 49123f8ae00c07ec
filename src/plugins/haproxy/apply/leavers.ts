import { deleteCommand, endSessionsCommand } from './commands.ts'
import { type CommandLine, runCommands } from './perform.ts'
import type { Running } from './running.ts'
import type { Step } from './step.ts'

/** Servers that take nothing new and wait for their last connections to end. */
export interface Leavers {
  note(steps: readonly Step[], now: number): void
  /** Deletes those whose connections have ended; the state without them. @throws RuntimeSocketError */
  reap(line: CommandLine, running: Running, now: number): Promise<Running>
  /** When to look again; infinity when nobody is leaving. */
  nextAt(): number
  forgetAll(): void
}

interface Leaver {
  readonly backend: string
  readonly server: string
  readonly since: number
  nextAt: number
  pauseMs: number
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 2_000

/** @param leaveMs after this time the connections of a server that has left are ended */
export function createLeavers(leaveMs: number): Leavers {
  const leavers = new Map<string, Leaver>()

  async function tryDelete(line: CommandLine, due: readonly Leaver[], now: number) {
    const overdue = due.filter(({ since }) => now - since > leaveMs)
    await runCommands(
      line,
      overdue.map(({ backend, server }) => endSessionsCommand(backend, server))
    )
    const commands = due.map(({ backend, server }) => deleteCommand(backend, server))
    const answers = await runCommands(line, commands)
    return due.filter((_, at) => commands[at]?.expect.test(answers[at] ?? '') === true)
  }

  return {
    note(steps, now) {
      for (const step of steps) {
        if (!('server' in step)) continue
        const server = typeof step.server === 'string' ? step.server : step.server.name
        const { backend } = step
        const key = `${backend}/${server}`
        const waiting = { backend, server, since: now, nextAt: now, pauseMs: FIRST_PAUSE_MS }
        if (step.do === 'leave') leavers.set(key, waiting)
        else if (step.do === 'ready') leavers.delete(key)
      }
    },
    async reap(line, running, now) {
      const due = [...leavers.values()].filter(({ nextAt }) => nextAt <= now)
      if (due.length === 0) return running
      const gone = await tryDelete(line, due, now)
      for (const leaver of due) {
        leaver.nextAt = now + leaver.pauseMs
        leaver.pauseMs = Math.min(leaver.pauseMs * 2, LONGEST_PAUSE_MS)
      }
      for (const { backend, server } of gone) leavers.delete(`${backend}/${server}`)
      return without(running, gone)
    },
    nextAt() {
      let earliest = Number.POSITIVE_INFINITY
      for (const { nextAt } of leavers.values()) earliest = Math.min(earliest, nextAt)
      return earliest
    },
    forgetAll: () => leavers.clear()
  }
}

function without(running: Running, gone: readonly Leaver[]): Running {
  if (gone.length === 0) return running
  const backends = new Map(running.backends)
  for (const { backend, server } of gone) {
    const before = backends.get(backend)
    if (before === undefined) continue
    const servers = new Map(before.servers)
    servers.delete(server)
    backends.set(backend, { ...before, servers })
  }
  return { ...running, backends }
}
