import type { Problem } from '../../gateway/model/problem.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import { createAddressBook } from './address-book.ts'
import type { HaproxyKeeper } from './apply/keeper.ts'
import type { ListenerBook } from './listeners/listener-book.ts'
import { desiredOf, type Rendering } from './render/desired-of.ts'
import { wantedOf } from './render/listeners.ts'
import type { NotPortable, RenderOptions } from './render/options.ts'
import type { FoundFacts, ListenerFacts } from './render-options-of.ts'

/** The current table as HAProxy shall have it. */
export interface Renderings {
  readonly notPortable: readonly NotPortable[]
  readonly problems: readonly Problem[]
  /** The backend that each route's requests go to. */
  readonly targets: ReadonlyMap<Route, string>
  /** Renders the current table and hands it to the keeper. */
  renew(): void
  close(): void
}

/** What the books have found out. */
type BookFacts = Pick<FoundFacts, 'addresses' | 'listeners'>

/**
 * @param optionsFor what to render with
 * @param listeners book of the sockets of service ports; undefined: none are opened
 */
export function createRenderings(
  host: GatewayHost,
  keeper: HaproxyKeeper,
  optionsFor: (found: BookFacts) => RenderOptions,
  listeners: ListenerBook | undefined
): Renderings {
  let last: Rendering | undefined
  const book = createAddressBook(() => renew())

  /** Never throws: the books call it, too. */
  function renew(): void {
    try {
      render()
    } catch (error) {
      host.log.error({ err: error }, 'the table could not be rendered for HAProxy')
    }
  }

  function render(): void {
    const { table } = host
    book.use(table)
    const { addresses } = book
    const options = optionsFor({ addresses, ...(listeners && { listeners: factsOf(listeners) }) })
    // Without it, a listener that HAProxy has would go, and come back with the next reload.
    if (listeners?.use(wantedOf(table, options)) === false) return
    const next = desiredOf(table, options)
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
    get targets() {
      return last?.targets ?? new Map()
    },
    renew,
    close() {
      book.close()
      listeners?.close()
    }
  }
}

function factsOf({ refused, certificateFiles }: ListenerBook): ListenerFacts {
  return { refused, certificateFiles }
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
