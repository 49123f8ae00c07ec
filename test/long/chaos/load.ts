import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { LoadNews, LoadOrder } from './load-messages.ts'

/** The processes that make the load. */
export interface Load {
  /** Ends with the last answer. */
  stop(): Promise<void>
  /** Ends it at once. */
  kill(): void
}

export function startLoad(
  processes: number,
  order: Omit<LoadOrder, 'number'>,
  onNews: (news: LoadNews) => void,
  onEnd: (how: string) => void
): Load {
  let isStopping = false
  const each = {
    rate: order.rate / processes,
    webSockets: Math.ceil(order.webSockets / processes)
  }
  const children = Array.from({ length: processes }, (_, at) => {
    const child = fork(new URL('./load-main.ts', import.meta.url), {
      execArgv: ['--import', import.meta.resolve('tsx')],
      // A session of its own, as the gateway has one: the system shares its time out between sessions.
      detached: true
    })
    child.on('message', (news) => onNews(news as LoadNews))
    child.once('exit', (code, signal) => {
      if (!isStopping) onEnd(`a process that makes load ended: ${signal ?? code}`)
    })
    child.send({ ...order, ...each, number: at + 1 } satisfies LoadOrder)
    return child
  })
  return {
    async stop() {
      isStopping = true
      await Promise.all(children.map(stopOne))
    },
    kill() {
      isStopping = true
      for (const child of children) child.kill('SIGKILL')
    }
  }
}

async function stopOne(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.send('stop')
  await ended
}
