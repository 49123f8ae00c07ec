import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { NODE_FLAGS } from '../../bench/node-flags.ts'
import { forkThrough } from './fork-through.ts'
import type { AppUnderTest, FrontDoorSettings } from './front-door.ts'

/** A front door in a process of its own, for what concerns a whole process. */
export interface FrontDoorProcess {
  readonly port: number
  readonly healthPort: number
  publish(apps: readonly AppUnderTest[]): Promise<void>
  /** Resident memory, bytes. */
  memory(): Promise<number>
  /** Stops its turns, as if it was busy; the system goes on taking connections for it. */
  freeze(): void
  thaw(): void
  /** Begins the graceful stop, and speaks to the process no more. */
  stop(): void
  /** How the process ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>
  /** Ends it at once. */
  kill(): void
}

/** What the process is told, and what it says. */
export type Order =
  | { readonly open: Omit<FrontDoorSettings, 'plugins'> }
  | { readonly publish: readonly AppUnderTest[] }
  | { readonly memory: true }
  | { readonly stop: true }

/** @param starter what starts the process, before Node's words: see `forkThrough` */
export async function startFrontDoorProcess(
  settings: Omit<FrontDoorSettings, 'plugins'> = {},
  starter: readonly string[] = []
): Promise<FrontDoorProcess> {
  const child = forkThrough(starter, new URL('./front-door-main.ts', import.meta.url), NODE_FLAGS)
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const { ports } = await order<{ ports: readonly number[] }>(child, { open: settings })
  return {
    port: ports[0] ?? 0,
    healthPort: ports[1] ?? 0,
    ended,
    publish: async (apps) => void (await order(child, { publish: apps })),
    memory: async () => (await order<{ memory: number }>(child, { memory: true })).memory,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: () => void child.send({ stop: true }),
    kill: () => void child.kill('SIGKILL')
  }
}

async function order<Answer>(child: ChildProcess, message: Order): Promise<Answer> {
  child.send(message)
  const [answer] = await once(child, 'message')
  return answer as Answer
}
