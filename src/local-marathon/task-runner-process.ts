import { type ChildProcess, spawn } from 'node:child_process'
import { wantedPorts } from './definition.ts'
import type { LoopbackAddresses } from './loopback-addresses.ts'
import { createOrphanGuard, type OrphanGuard } from './orphan-guard.ts'
import { processEnv } from './task-env.ts'
import type { RunCallbacks, RunningTask, TaskEnd, TaskRunner } from './task-runner.ts'

/** How often a group that is being killed is looked at. */
const POLL_MS = 20
/** After SIGKILL a group may only hold zombies that nobody reaps; they run no more. */
const ZOMBIE_MS = 1_000
const STDERR_CHARS = 300

export interface ProcessRunnerOptions {
  readonly addresses: LoopbackAddresses
  /** Image name → local command, for apps that only name an image. */
  readonly images: Readonly<Record<string, string>>
  readonly surroundings: Readonly<Record<string, string | undefined>>
}

/** Runs `cmd` by `/bin/sh -c` in a process group of its own, as Mesos' command executor does. */
export function createProcessRunner(options: ProcessRunnerOptions): TaskRunner {
  const guard = createOrphanGuard()
  return {
    place: ({ definition }) => options.addresses.place(wantedPorts(definition)),
    start(spec, placement, on) {
      const { definition } = spec
      const image = definition.container?.docker?.image ?? ''
      const words = definition.args ?? []
      const command = definition.cmd ?? options.images[image]
      if (command === undefined && words.length === 0) {
        throw new Error(`no Docker engine answers here, so image '${image}' cannot be run`)
      }
      const env = processEnv(spec, placement, options.surroundings)
      const [file = '/bin/sh', ...rest] = command === undefined ? words : ['/bin/sh', '-c', command]
      const child = spawn(file, rest, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
      return watch(child, on, env, guard)
    }
  }
}

function watch(
  child: ChildProcess,
  on: RunCallbacks,
  env: Record<string, string>,
  guard: OrphanGuard
): RunningTask {
  let stderr = ''
  let killed = false
  const deadline = { at: Number.POSITIVE_INFINITY }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS)
  })
  const group = child.pid
  if (group !== undefined) guard.watch(group)
  child.once('spawn', () => on.running())
  child.once('error', (error) => on.ended({ state: 'TASK_FAILED', message: error.message }))
  child.once('exit', (code, signal) => {
    const end = endOf(code, signal, stderr)
    // What is left of the group ends with its leader, in the grace period when it was asked to.
    if (!killed) signalGroup(child, 'SIGKILL')
    void groupGone(child, killed ? deadline.at : 0).then(() => {
      child.stderr?.destroy()
      if (group !== undefined) guard.forget(group)
      on.ended(end)
    })
  })
  return {
    simulated: false,
    exec: (command, timeoutMs) => execute(command, env, timeoutMs),
    kill(graceMs) {
      if (killed) return
      killed = true
      deadline.at = Date.now() + graceMs
      signalGroup(child, 'SIGTERM')
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
      child.once('exit', () => clearTimeout(timer))
    }
  }
}

function endOf(code: number | null, signal: string | null, stderr: string): TaskEnd {
  if (code === 0) return { state: 'TASK_FINISHED', message: 'Command exited with status 0' }
  const how = signal === null ? `exited with status ${code}` : `terminated with signal ${signal}`
  const words = stderr.trim()
  return {
    state: 'TASK_FAILED',
    message: `Command ${how}${words === '' ? '' : `: ${words.split('\n').at(-1)}`}`
  }
}

/** Sends a signal to the whole group; false when it is gone. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false
  try {
    return process.kill(-child.pid, signal)
  } catch {
    return false
  }
}

async function groupGone(child: ChildProcess, deadlineAt: number): Promise<void> {
  let killedAt = 0
  while (signalGroup(child, 0)) {
    const now = Date.now()
    if (killedAt === 0 && now >= deadlineAt) {
      signalGroup(child, 'SIGKILL')
      killedAt = now
    }
    if (killedAt > 0 && now - killedAt > ZOMBIE_MS) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function execute(command: string, env: Record<string, string>, timeoutMs: number): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: 'ignore', detached: true })
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), timeoutMs)
    const finish = (status: number) => {
      clearTimeout(timer)
      resolve(status)
    }
    child.once('error', () => finish(1))
    child.once('exit', (code) => finish(code ?? 1))
  })
}
