import type { Worker } from 'node:worker_threads'
import { startWorkerThread } from '../worker-thread.ts'
import type { Carrier } from './answer.ts'
import { type Part, readPiece } from './app-text.ts'
import type { AnswerEnd, Content, Order, Report, ThreadData } from './apps-thread-messages.ts'

/** Reads large answers in a thread of its own, so that the event loop goes on. */
export interface AppsThread {
  /** @param packed the answer is gzip */
  open(content: Content, packed: boolean): ThreadedAnswer
  /** What the list of apps says next is not compared with what it said last. */
  forget(): void
  close(): void
}

/** An answer that is read there. */
export interface ThreadedAnswer extends Carrier {
  /**
   * Call once the last byte was taken: gives all of one app, and of the list what changed since the
   * last one that was read to its end.
   *
   * @param begin told first whether all of it comes, be it the same as last time
   * @param take told of a little in each turn of the event loop
   * @throws Error when the answer is no information, or the thread ended
   */
  read(begin: (anew: boolean) => void, take: (parts: readonly Part[]) => void): Promise<AnswerEnd>
}

interface Waiting {
  take(parts: readonly Part[]): void
  resolve(end: AnswerEnd): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  /** By the number of their answer. */
  readonly waiting: Map<number, Waiting>
  /** Why it ended. */
  ended: Error | undefined
}

/** A thread starts with the first large answer, and never keeps the process alive by itself. */
export function createAppsThread(data: ThreadData): AppsThread {
  let thread: Thread | undefined
  /** The thread that knows which list was read last. */
  let current: Thread | undefined
  let lastAnswer = 0

  function start(): Thread {
    const worker = startWorkerThread(import.meta.url, 'apps-worker', data)
    const started: Thread = { worker, waiting: new Map(), ended: undefined }
    const lost = (error: Error): void => {
      if (started.ended !== undefined) return
      started.ended = error
      if (thread === started) thread = undefined
      for (const { reject } of started.waiting.values()) reject(error)
    }
    worker.unref()
    worker.on('message', (report: Report) => hear(started, report))
    worker.on('error', ({ message }) =>
      lost(new Error(`the thread that reads large answers failed: ${message}`))
    )
    worker.on('exit', () => lost(new Error('the thread that reads large answers ended')))
    return started
  }

  function open(content: Content, packed: boolean): ThreadedAnswer {
    thread ??= start()
    lastAnswer += 1
    const at = thread
    const answer = lastAnswer
    const order = (one: Order, memory: ArrayBuffer[] = []) => at.worker.postMessage(one, memory)
    return {
      take: (bytes) => order({ kind: 'take', answer, bytes }, [bytes.buffer]),
      drop: () => order({ kind: 'drop', answer }),
      async read(begin, take) {
        const anew = content === 'one' || current !== at
        if (content === 'all') current = undefined
        begin(anew)
        const end = await new Promise<AnswerEnd>((resolve, reject) => {
          if (at.ended !== undefined) return reject(at.ended)
          at.waiting.set(answer, { take, resolve, reject })
          at.worker.ref()
          order({ kind: 'read', answer, packed, content, anew })
        })
        if (content === 'all') current = at
        return end
      }
    }
  }

  return {
    open,
    forget() {
      current = undefined
    },
    close: () => void thread?.worker.terminate()
  }
}

function hear({ worker, waiting }: Thread, report: Report): void {
  const { answer } = report
  const one = waiting.get(answer)
  if (report.kind === 'piece') {
    one?.take(readPiece(report.text))
    // All that is there is heard in one turn, so the next one is asked for in another.
    setImmediate(() => worker.postMessage({ kind: 'next', answer } satisfies Order))
    return
  }
  waiting.delete(answer)
  if (waiting.size === 0) worker.unref()
  if (report.kind === 'end') one?.resolve(report.end)
  else one?.reject(new Error(report.reason))
}
