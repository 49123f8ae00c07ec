import type { PickerMaker } from './balance/picker.ts'
import { pickers } from './balance/pickers.ts'
import type {
  AdminRoutes,
  HookSet,
  ListenAddress,
  MetricsText,
  Outcome,
  Parts,
  Plane,
  Resolver,
  TableChange
} from './plugin.ts'
import type { Stats } from './processes.ts'
import type { Source } from './source.ts'

/** Takes back what was added. */
export type Undo = () => void

/** What plugins added to one gateway. Names are unique; the first one stays and the second throws. */
export class PartRegistry implements Parts {
  readonly sources = new Map<string, Source>()
  readonly resolvers: Resolver[] = []
  readonly pickers = new Map<string, PickerMaker>(Object.entries(pickers))
  readonly planes: Plane[] = []
  readonly hookSets = new Map<string, HookSet>()
  readonly adminRoutes = new Map<string, AdminRoutes>()
  readonly metrics = new Map<string, MetricsText>()
  readonly addresses: ListenAddress[] = []
  readonly observers: ((outcome: Outcome) => void)[] = []
  readonly changeListeners: ((change: TableChange) => void)[] = []
  readonly stats = new Map<string, () => Stats>()
}

/** @throws Error when the name is taken */
export function addNamed<T>(kind: string, map: Map<string, T>, name: string, part: T): Undo {
  if (map.has(name)) throw new Error(`a ${kind} named "${name}" exists already`)
  map.set(name, part)
  return () => map.delete(name)
}

export function addListed<T>(list: T[], part: T): Undo {
  list.push(part)
  return () => {
    const index = list.indexOf(part)
    if (index >= 0) list.splice(index, 1)
  }
}
