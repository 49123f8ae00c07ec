import { emptyTable, type Table } from '../gateway/model/table.ts'
import type { CompareOptions } from '../plugins/haproxy/agreement/compare.ts'
import { runRendered } from '../plugins/haproxy/agreement/run-rendered.ts'
import { startStandIns } from '../plugins/haproxy/agreement/stand-ins.ts'
import { desiredOf } from '../plugins/haproxy/render/desired-of.ts'
import { frontDoorRenderOptions } from '../plugins/haproxy/render/front-door-options.ts'
import type { NotPortable } from '../plugins/haproxy/render/options.ts'
import { createFrontDoor, type FrontDoorHost } from '../plugins/proxy/front-door.ts'
import type { ProxyOptions } from '../plugins/proxy/options.ts'

export interface StageOptions {
  readonly table: Table
  /** Pickers, hooks and resolvers of the gateway that the table is of. */
  readonly parts: FrontDoorHost['parts']
  readonly log: FrontDoorHost['log']
  /** Limits, timeouts and trusted proxies; where it listens is not looked at. */
  readonly front: ProxyOptions
  /** The program `haproxy`, by name or path. */
  readonly haproxy: string
}

/** Both planes on the loopback address, in front of the same stand-ins for all tasks. */
export interface VerifyStage extends Pick<CompareOptions, 'proxy' | 'haproxy' | 'sightingOf'> {
  /** As it was given, with all endpoints at stand-ins. */
  readonly table: Table
  readonly notPortable: readonly NotPortable[]
  /** Aborts when HAProxy ends by itself; its reason is an Error that says why. */
  readonly haproxyEnded: AbortSignal
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'

/** @throws Error in one sentence when something can't be started; nothing is left running then */
export async function openVerifyStage(options: StageOptions): Promise<VerifyStage> {
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const undo of opened.splice(0).reverse()) await undo()
  }
  try {
    const standIns = await startStandIns(options.table)
    opened.push(() => standIns.close())
    const { table } = standIns
    const haproxy = await startHaproxy(table, options)
    opened.push(() => haproxy.close())
    const proxy = await startProxy(table, options)
    opened.push(() => proxy.close())
    return {
      table,
      proxy: { host: LOOPBACK, port: proxy.port },
      haproxy: { host: LOOPBACK, port: haproxy.port },
      notPortable: haproxy.notPortable,
      haproxyEnded: haproxy.ended,
      sightingOf: standIns.sightingOf,
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function startHaproxy(table: Table, { parts, front, haproxy }: StageOptions) {
  const finders = parts.resolvers.flatMap(({ name, find }) => (find === undefined ? [] : [name]))
  const { appIdHeader } = front
  let notPortable: readonly NotPortable[] = []
  const running = await runRendered({
    binary: haproxy,
    render(port, socket) {
      const binds = [{ host: LOOPBACK, port, appIdHeader }]
      const rendering = desiredOf(table, {
        ...frontDoorRenderOptions(front),
        ...{ binds, socket, finders }
      })
      notPortable = rendering.notPortable
      return rendering.desired
    }
  })
  return { ...running, notPortable }
}

async function startProxy(table: Table, { parts, log, front }: StageOptions) {
  // Nobody observes these requests: they are not the cluster's.
  const nothing = (): void => undefined
  const host: FrontDoorHost = {
    ...{ parts, log, table, report: nothing, note: nothing, stats: nothing },
    fault: () => ''
  }
  const door = await createFrontDoor(host, { ...front, host: LOOPBACK, port: 0, listeners: [] })
  door.apply(table, emptyTable())
  const [bind] = await door.open()
  const port = bind !== undefined && 'port' in bind ? bind.port : 0
  return { port, close: () => door.close(AbortSignal.abort()) }
}
