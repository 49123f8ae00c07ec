import { connect } from 'node:net'
import { encodeCommand, type RuntimeCommand } from './runtime-command.ts'

export interface SocketLimits {
  /** Longest silence of the other side, ms. */
  readonly silenceMs: number
  readonly maxBytes: number
}

/** Client of HAProxy's Runtime API over its unix socket. */
export interface RuntimeSocket {
  readonly path: string
  /** The whole answer to one reading command. @throws RuntimeSocketError, UnsafeWordError */
  ask(...words: readonly string[]): Promise<string>
  /**
   * Runs the commands in order over one connection; one answer each, trimmed. None is sent when a
   * word of any of them is unsafe. @throws RuntimeSocketError, UnsafeWordError
   */
  run(commands: readonly RuntimeCommand[]): Promise<readonly string[]>
}

/** The socket is not there, went silent, or said something that makes no sense. */
export class RuntimeSocketError extends Error {
  override readonly name = 'RuntimeSocketError'
}

/** `show servers state` of 100,000 servers is 8 MB; `show stat` of them about 50. */
const LIMITS: SocketLimits = { silenceMs: 10_000, maxBytes: 128 * 1024 * 1024 }

export function createRuntimeSocket(path: string, limits: SocketLimits = LIMITS): RuntimeSocket {
  return {
    path,
    ask: (...words) => exchange(path, `${encodeCommand({ words })}\n`, limits),
    async run(commands) {
      if (commands.length === 0) return []
      const lines = ['prompt', ...commands.map((command) => encodeCommand(command)), 'quit']
      const answer = await exchange(path, `${lines.join('\n')}\n`, limits)
      return answersOf(answer, commands.length, path)
    }
  }
}

/**
 * In interactive mode each answer ends with a prompt; without it HAProxy's own separators differ from
 * command to command (`del server` ends with one newline, `add server` with two: seen in 2.6.12).
 */
export function answersOf(text: string, count: number, path: string): string[] {
  const parts = text.split('\n> ')
  // One prompt for `prompt` itself, one after each command; `quit` closes.
  if (parts.length !== count + 2) {
    throw new RuntimeSocketError(
      `${path} gave ${Math.max(0, parts.length - 2)} answers to ${count} commands`
    )
  }
  // While it reads a payload it prompts each line with `+ `.
  return parts.slice(1, -1).map((part) => part.replace(/^(\+ )+/, '').trim())
}

/** Writes the text, reads until the other side closes. */
export function exchange(path: string, text: string, limits: SocketLimits): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const chunks: Buffer[] = []
    let size = 0
    const fail = (why: string) => {
      socket.destroy()
      reject(new RuntimeSocketError(`${path} ${why}`))
    }
    socket.setTimeout(limits.silenceMs, () => fail(`said nothing for ${limits.silenceMs} ms`))
    socket.on('error', (error) => fail(`can't be used: ${error.message}`))
    socket.on('data', (chunk) => {
      size += chunk.length
      if (size > limits.maxBytes) return fail(`answered more than ${limits.maxBytes} bytes`)
      chunks.push(chunk)
    })
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.write(text)
  })
}
