import { setImmediate as nextTurn } from 'node:timers/promises'
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

/** An answer that is read there. Its first parts are there before its last byte. */
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

/** An answer that is being read. */
interface Incoming {
  /** What came of it and was not passed on. */
  readonly pieces: (readonly Part[])[]
  outcome?: AnswerEnd | Error
  /** Somebody waits for more. */
  wake: () => void
}

interface Thread {
  readonly worker: Worker
  /** By the number of their answer. */
  readonly incoming: Map<number, Incoming>
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
    const worker = startWorkerThread('gateway/marathon/apps-worker', data)
    const started: Thread = { worker, incoming: new Map(), ended: undefined }
    const lost = (error: Error): void => {
      if (started.ended !== undefined) return
      started.ended = error
      if (thread === started) thread = undefined
      for (const one of started.incoming.values()) settle(one, error)
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
    const anew = content === 'one' || current !== at
    const one: Incoming = { pieces: [], wake: () => undefined }
    const order = (given: Order, memory: ArrayBuffer[] = []) => at.worker.postMessage(given, memory)
    at.incoming.set(answer, one)
    order({ kind: 'open', answer, packed, content, anew })
    return {
      take: (bytes) => order({ kind: 'take', answer, bytes }, [bytes.buffer]),
      drop() {
        at.incoming.delete(answer)
        order({ kind: 'drop', answer })
      },
      async read(begin, take) {
        if (content === 'one') {
          begin(true)
          return endOf(take)
        }
        // What is between two lists would be missed.
        if (!anew && current !== at) throw new Error('another answer was read meanwhile')
        current = undefined
        begin(anew)
        const end = await endOf(take)
        current = at
        return end
      }
    }

    async function endOf(take: (parts: readonly Part[]) => void): Promise<AnswerEnd> {
      if (at.ended !== undefined) throw at.ended
      order({ kind: 'end', answer })
      at.worker.ref()
      try {
        return await passOn(one, take)
      } finally {
        at.incoming.delete(answer)
        if (at.incoming.size === 0) at.worker.unref()
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

/** @throws Error when it failed */
async function passOn(one: Incoming, take: (parts: readonly Part[]) => void): Promise<AnswerEnd> {
  for (;;) {
    const parts = one.pieces.shift()
    if (parts !== undefined) {
      take(parts)
      await nextTurn()
    } else if (one.outcome instanceof Error) throw one.outcome
    else if (one.outcome !== undefined) return one.outcome
    else await new Promise<void>((resolve) => Object.assign(one, { wake: resolve }))
  }
}

function hear({ worker, incoming }: Thread, report: Report): void {
  const { answer } = report
  const one = incoming.get(answer)
  if (one === undefined) return
  if (report.kind === 'end') settle(one, report.end)
  else if (report.kind === 'failed') settle(one, new Error(report.reason))
  else {
    one.pieces.push(readPiece(report.text))
    one.wake()
    // All that is there is heard in one turn, so the next one is asked for in another.
    setImmediate(() => worker.postMessage({ kind: 'next', answer } satisfies Order))
  }
}

function settle(one: Incoming, outcome: AnswerEnd | Error): void {
  one.outcome ??= outcome
  one.wake()
}
