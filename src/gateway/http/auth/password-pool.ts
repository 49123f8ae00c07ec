import type { Worker } from 'node:worker_threads'
import { startWorkerThread } from '../../worker-thread.ts'
import type { PasswordQuestion, PasswordVerdict } from './password-worker.ts'

/** Checks passwords in threads of their own, so that the event loop goes on. */
export interface PasswordPool {
  /** Undefined: too many are waiting. Rejects when the thread fails. */
  check(password: Buffer, hash: string): Promise<boolean> | undefined
  close(): Promise<void>
}

export interface PasswordPoolSettings {
  readonly threads: number
  /** Checks that may wait or run; more are refused. */
  readonly maxWaiting: number
}

interface Waiting {
  readonly question: PasswordQuestion
  resolve(right: boolean): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  current: Waiting | undefined
}

/** Threads start with the first password, and never keep the process alive. */
export function createPasswordPool({ threads, maxWaiting }: PasswordPoolSettings): PasswordPool {
  const crew = new Set<Thread>()
  const queue: Waiting[] = []
  let lastId = 0
  let closed = false

  function next(thread: Thread): void {
    thread.current = queue.shift()
    if (thread.current === undefined) thread.worker.unref()
    else {
      thread.worker.ref()
      thread.worker.postMessage(thread.current.question)
    }
  }

  function startThread(): Thread {
    const thread: Thread = {
      worker: startWorkerThread('gateway/http/auth/password-worker'),
      current: undefined
    }
    crew.add(thread)
    thread.worker.on('message', ({ right }: PasswordVerdict) => {
      thread.current?.resolve(right)
      next(thread)
    })
    const lost = (error: Error): void => {
      if (!crew.delete(thread)) return
      thread.current?.reject(error)
      thread.current = undefined
      if (queue.length > 0 && !closed) next(startThread())
    }
    thread.worker.on('error', lost)
    thread.worker.on('exit', () => lost(new Error('the thread that checks passwords ended')))
    return thread
  }

  function countBusy(): number {
    return [...crew].filter(({ current }) => current !== undefined).length
  }

  function check(password: Buffer, hash: string): Promise<boolean> | undefined {
    if (closed || queue.length + countBusy() >= maxWaiting) return undefined
    return new Promise((resolve, reject) => {
      lastId += 1
      queue.push({ question: { id: lastId, password, hash }, resolve, reject })
      const idle = [...crew].find(({ current }) => current === undefined)
      if (idle !== undefined) next(idle)
      else if (crew.size < threads) next(startThread())
    })
  }

  async function close(): Promise<void> {
    closed = true
    for (const { reject } of queue.splice(0)) reject(new Error('the gateway is stopping'))
    await Promise.all([...crew].map(({ worker }) => worker.terminate()))
  }
  return { check, close }
}
