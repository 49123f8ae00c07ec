import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const main = join(root, 'src/cli/main.ts')

/** Only against hangs. */
const HANG_MS = 240_000

export interface ProgramOptions {
  /** Beside PATH and what Node needs; variables of the surroundings don't leak in. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A running `marathon-gateway`. */
export interface RunningProgram {
  readonly process: ChildProcess
  /** Resolves with its end. */
  readonly ended: Promise<Ended>
  /** Resolves when its output so far fits; rejects when it ends before, with what it said. */
  said(pattern: RegExp): Promise<RegExpExecArray>
}

interface TestScope {
  after(undo: () => Promise<void>): void
}

/** Runs `marathon-gateway` to its end. */
export async function runToEnd(
  t: TestScope,
  args: readonly string[],
  options: ProgramOptions = {}
): Promise<Ended> {
  return startProgram(t, args, options).ended
}

/** Starts `marathon-gateway` in a process group of its own; what is left of it ends with the test. */
export function startProgram(
  t: TestScope,
  args: readonly string[],
  { env = {}, cwd = root }: ProgramOptions = {}
): RunningProgram {
  const { PATH = '' } = process.env
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, main, ...args], {
    cwd,
    env: { PATH, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const hang = setTimeout(() => endGroup(child), HANG_MS)
  const ended = once(child, 'close').then(([code]) => {
    clearTimeout(hang)
    return { code: code as number | null, out, err }
  })
  t.after(async () => {
    endGroup(child)
    await ended
  })

  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(out)
        if (found !== null) resolve(found)
      }
      child.stdout.on('data', look)
      void ended.then(() => reject(new Error(`ended before it said ${pattern}:\n${out}${err}`)))
      look()
    })
  return { process: child, ended, said }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
