import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process that answers one question at a time. */
export interface Child<Order, Answer> {
  ask(order: Order): Promise<Answer>
  stop(): Promise<void>
}

export interface ChildCommand {
  readonly file: string
  readonly args?: readonly string[]
  /** Of Node. */
  readonly flags?: readonly string[]
  readonly name: string
}

const LIMIT_MS = 120_000
const STOP_MS = 10_000
const KEPT_OUTPUT = 4000

export function startChild<Order extends object, Answer>({
  file,
  args = [],
  flags = [],
  name
}: ChildCommand): Child<Order, Answer> {
  const child = fork(file, [...args], {
    execArgv: [...flags],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' }
  })
  let words = ''
  if (process.env['HOLDS'] !== undefined) child.stderr?.pipe(process.stderr)
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-KEPT_OUTPUT)
    })
  }
  const gone = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}: ${words}`)))
  })
  gone.catch(() => {})

  return {
    async ask(order) {
      child.send(order)
      const timer = new AbortController()
      const late = limit(name, timer.signal)
      try {
        const [answer] = (await Promise.race([once(child, 'message'), gone, late])) as [Answer]
        return answer
      } finally {
        timer.abort()
      }
    },
    stop: () => stop(child)
  }
}

function limit(name: string, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${name} does not answer within ${LIMIT_MS / 1000} s`)),
      LIMIT_MS
    )
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}
