import type { Problem } from '../../gateway/model/problem.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import { createAddressBook } from './address-book.ts'
import type { HaproxyKeeper } from './apply/keeper.ts'
import { desiredOf, type Rendering } from './render/desired-of.ts'
import type { NotPortable, RenderOptions } from './render/options.ts'

/** The current table as HAProxy shall have it. */
export interface Renderings {
  readonly notPortable: readonly NotPortable[]
  readonly problems: readonly Problem[]
  /** Renders the current table and hands it to the keeper. */
  renew(): void
  close(): void
}

/** @param optionsFor what to render with, given the addresses of agents that are known by name */
export function createRenderings(
  host: GatewayHost,
  keeper: HaproxyKeeper,
  optionsFor: (addresses: ReadonlyMap<string, string>) => RenderOptions
): Renderings {
  let last: Rendering | undefined
  const book = createAddressBook(() => renew())

  function renew(): void {
    const { table } = host
    book.use(table)
    const next = desiredOf(table, optionsFor(book.addresses))
    tellNew(host, last, next)
    last = next
    keeper.apply(next.desired)
  }

  return {
    get notPortable() {
      return last?.notPortable ?? []
    },
    get problems() {
      return last?.problems ?? []
    },
    renew,
    close: () => book.close()
  }
}

/** What can't be carried is logged when it appears, not with each table. */
function tellNew(host: GatewayHost, last: Rendering | undefined, next: Rendering): void {
  const known = new Set(last?.notPortable.map(({ route, reason }) => `${route} ${reason}`))
  for (const { route, reason } of next.notPortable) {
    if (!known.has(`${route} ${reason}`))
      host.log.warn({ route }, `HAProxy can't carry it: ${reason}`)
  }
  const told = new Set(last?.problems.map((problem) => JSON.stringify(problem)))
  for (const problem of next.problems) {
    if (!told.has(JSON.stringify(problem))) host.log.warn({ problem }, problem.reason)
  }
}
