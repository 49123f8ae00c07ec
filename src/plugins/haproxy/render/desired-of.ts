import type { Problem } from '../../../gateway/model/problem.ts'
import type { Route } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { Desired } from '../desired.ts'
import {
  type BackendBook,
  CLOSED_BACKEND,
  createBackendBook,
  FALLBACK_BACKEND
} from './backends.ts'
import { handoverOf } from './handover.ts'
import { checkRenderOptions, type NotPortable, type RenderOptions } from './options.ts'
import { BACKENDS_MAP, placesOf } from './places.ts'
import { protectionOf } from './protection-of.ts'
import { servicePortsOf } from './service-ports.ts'
import { section, structureLines } from './structure.ts'

export interface Rendering {
  readonly desired: Desired
  /** The backend that each route's requests go to. */
  readonly targets: ReadonlyMap<Route, string>
  /** Routes that HAProxy can't carry as the proxy plane would, each once. */
  readonly notPortable: readonly NotPortable[]
  /** What is wrong in single apps and left out for it, each once. */
  readonly problems: readonly Problem[]
}

/**
 * What HAProxy shall do for a table. Pure, and the same for the same table and options.
 * @throws Error that names an option which can't stand in a configuration file
 */
export function desiredOf(table: Table, options: RenderOptions): Rendering {
  checkRenderOptions(options)
  const book = createBackendBook(table, options)
  const places = placesOf(table, book, options)
  const ports = servicePortsOf(table, book, options)
  const backends = [...book.backends.values(), ...ports.backends].sort((a, b) =>
    a.name < b.name ? -1 : 1
  )
  const userLists = book.userLists.flatMap(([header, lines]) => section(header, lines))
  const structure = [...structureLines(places, options), ...userLists, ...ports.structure]
  const sections = { name: BACKENDS_MAP, entries: sectionEntries(book, options) }
  const problems = [...places.problems, ...book.problems, ...ports.problems]
  return {
    desired: {
      structure,
      backends,
      maps: [places.apps, sections, ...handoverOf(options).maps, ...ports.maps, places.routes],
      indirection: BACKENDS_MAP,
      protection: protectionOf(book, places, ports.shut, options)
    },
    targets: book.targets,
    notPortable: once(book.notPortable),
    problems: once(problems)
  }
}

/** Every backend stands for itself, sorted by name. */
function sectionEntries(
  book: BackendBook,
  { fallback }: RenderOptions
): (readonly [string, string])[] {
  const own = fallback === undefined ? [CLOSED_BACKEND] : [CLOSED_BACKEND, FALLBACK_BACKEND]
  return [...own, ...book.backends.keys()].sort().map((name) => [name, name] as const)
}

function once<Item>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
