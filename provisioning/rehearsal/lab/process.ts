import { type ChildProcess, spawn } from 'node:child_process'
import type { CommandResult } from '../lab.ts'

/** What is kept of each output stream; a command that says more loses its beginning. */
const keptChars = 4 * 1024 * 1024
/** A daemon that a command started may keep its output open: wait no longer for the end of it. */
const lingerMs = 2000

export interface ProcessOptions {
  readonly input?: string | undefined
  readonly timeoutMs?: number | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
}

/**
 * Runs a program to its end, in a process group of its own, so that Ctrl-C at the terminal reaches the
 * rehearsal alone. Never throws for an exit code; 127 when the program could not be started.
 */
export function runProcess(
  [program = 'true', ...args]: readonly string[],
  { input, timeoutMs = 600_000, env = process.env }: ProcessOptions = {}
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, detached: true, stdio: 'pipe' })
    const stdout = collect(child.stdout)
    const stderr = collect(child.stderr)
    let late = false
    const timer = setTimeout(() => {
      late = true
      killGroup(child, 'SIGKILL')
    }, timeoutMs)
    const end = (code: number, trouble = '') => {
      clearTimeout(timer)
      resolve({ code: late ? 124 : code, stdout: stdout(), stderr: stderr() + trouble })
    }
    child.on('error', (error) => end(127, error.message))
    child.on('exit', (code, signal) => {
      const status = code ?? 128 + signalNumber(signal)
      const linger = setTimeout(() => end(status), lingerMs)
      child.on('close', () => {
        clearTimeout(linger)
        end(status)
      })
    })
    // A program that ends without reading its input is no fault of ours.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
  })
}

/** @throws Error with the end of what the program said, when its exit code is not 0 */
export async function mustRun(
  command: readonly string[],
  options: ProcessOptions = {}
): Promise<string> {
  const result = await runProcess(command, options)
  if (result.code !== 0) throw new Error(failureOf(command, result))
  return result.stdout
}

/** One failed command in words: what it was, its code, and the last lines it said. */
export function failureOf(command: readonly string[], result: CommandResult): string {
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-25).join('\n')
  const shown = command.join(' ').slice(0, 300)
  return `\`${shown}\` ended with ${result.code}\n${said}`
}

export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Gone already.
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-keptChars)
  })
  return () => text
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGINT' ? 2 : 15
}
