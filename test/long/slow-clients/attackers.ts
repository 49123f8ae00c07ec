import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { findProgram } from '../../../bench/find-program.ts'
import { forkThrough } from '../../support/fork-through.ts'
import type { AttackKind, AttackNews } from './attack.ts'

/** Each process has files for no more than this. */
const MOST_PER_PROCESS = 5000
/** Gets the processor when nobody else wants it. */
const ONLY_WHEN_IDLE = ['chrt', '--idle', '0']

export interface Attackers {
  news(): Promise<AttackNews>
  stop(): Promise<void>
}

export async function startAttackers(
  port: number,
  kinds: readonly AttackKind[],
  connections: number
): Promise<Attackers> {
  const count = Math.ceil(connections / MOST_PER_PROCESS)
  const children = Array.from({ length: count }, (_, at) => {
    const child = forkIdle(new URL('./attack-main.ts', import.meta.url))
    const share = Math.ceil(connections / count)
    child.send({ port, kinds, connections: share, network: 10 + at })
    return child
  })
  return {
    async news() {
      const all = await Promise.all(children.map(newsOf))
      return all.reduce(sum)
    },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          const ended = once(child, 'exit')
          child.disconnect()
          await ended
        })
      )
    }
  }
}

/**
 * Attackers would be at machines of their own. From a process of low priority Linux takes the processor
 * at the next tick only, milliseconds after somebody has something to do; from an idle one at once.
 */
function forkIdle(module: URL): ChildProcess {
  return forkThrough(findProgram('chrt') === undefined ? [] : ONLY_WHEN_IDLE, module)
}

async function newsOf(child: ChildProcess): Promise<AttackNews> {
  child.send('news')
  const [news] = await once(child, 'message')
  return news as AttackNews
}

function sum(a: AttackNews, b: AttackNews): AttackNews {
  const longest = { ...a.longest }
  for (const kind of Object.keys(b.longest) as AttackKind[]) {
    longest[kind] = Math.max(longest[kind] ?? 0, b.longest[kind] ?? 0)
  }
  return { open: a.open + b.open, ended: a.ended + b.ended, longest }
}
