import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { startingOn } from './cores.ts'

/** How a program is started. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Processor cores it may run on, as taskset(1) takes them; undefined: any. */
  readonly cores?: string | undefined
}

/** A program that ends by itself. */
export interface FiniteCommand extends Command {
  /** Longest time it may take; undefined: any. */
  readonly limitMs?: number
}

export interface RunningProcess {
  readonly pid: number
  /** The end of what it wrote, for a sentence about its failure. */
  lastWords(): string
  /** Undefined while it runs. */
  exit(): string | undefined
  /** Ends it by SIGTERM, after `STOP_MS` by SIGKILL. */
  stop(): Promise<void>
}

const STOP_MS = 5000
const KEPT_OUTPUT = 2000

/** Starts a program that runs until it is stopped. */
export function startProcess(command: Command): RunningProcess {
  const child = spawnOn(command)
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.once('error', (error) => keep(Buffer.from(error.message)))
  return {
    pid: child.pid ?? 0,
    lastWords: () => output.trim().split('\n').slice(-3).join(' / '),
    exit: () => exitOf(child),
    async stop() {
      if (exitOf(child) !== undefined) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    }
  }
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output
 * @throws Error with its last words when it fails
 */
export async function runToEnd(command: FiniteCommand): Promise<string> {
  const child = spawnOn(command)
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  const timer = command.limitMs && setTimeout(() => child.kill('SIGKILL'), command.limitMs)
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  const [code] = (await Promise.race([once(child, 'close'), failed])) as [number | null]
  clearTimeout(timer)
  const text = Buffer.concat(out).toString('utf8')
  if (code === 0) return text
  const words = `${text}\n${Buffer.concat(err)}`.trim().split('\n').slice(-3).join(' / ')
  throw new Error(`${command.program} failed: ${words}`)
}

function spawnOn({ program, args, env, cores }: Command): ChildProcess {
  const words = [...startingOn(cores), program, ...args]
  return spawn(words[0] ?? program, words.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env }
  })
}

function exitOf(child: ChildProcess): string | undefined {
  if (child.pid === undefined) return 'could not be started'
  if (child.signalCode !== null) return `ended by ${child.signalCode}`
  return child.exitCode === null ? undefined : `ended with code ${child.exitCode}`
}
