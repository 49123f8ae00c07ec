import type { Desired, DesiredBackend } from '../desired.ts'
import type { Capabilities } from './capabilities.ts'
import { madeName } from './made-sections.ts'
import { kindOf, type Running, type RunningBackend } from './running.ts'

/** Which section of the running HAProxy stands for each backend. */
export interface Placement {
  readonly placed: ReadonlyMap<DesiredBackend, RunningBackend>
  /** Sections to be made at run time; they are in `placed` too. */
  readonly made: readonly DesiredBackend[]
  /** Backends that only a reload can give a section. */
  readonly missing: readonly DesiredBackend[]
}

/** Which section stands for each backend now, by the indirection map; without one each for itself. */
export function sectionsOf(running: Running, next: Desired): ReadonlyMap<string, string> {
  const map = next.indirection === undefined ? undefined : running.maps.get(next.indirection)
  return map ?? new Map([...running.backends.keys()].map((name) => [name, name]))
}

/**
 * A backend keeps its section while that has its settings. Else, where frontends choose through the
 * indirection map, an unused section of the same kind stands in: its own, an emptied one, a spare.
 */
export function placeBackends(
  running: Running,
  next: Desired,
  capabilities: Capabilities
): Placement {
  const sectionOf = sectionFinder(running, next)
  const placed = new Map<DesiredBackend, RunningBackend>()
  const homeless: DesiredBackend[] = []
  for (const backend of next.backends) {
    const section = sectionOf(backend.name)
    if (section?.kind === kindOf(backend)) placed.set(backend, section)
    else homeless.push(backend)
  }
  if (homeless.length === 0) return { placed, made: [], missing: [] }
  return housed(homeless, running, next, capabilities, placed)
}

/** Finds the section that stands for a backend now; undefined when none does. */
export function sectionFinder(
  running: Running,
  next: Desired
): (backend: string) => RunningBackend | undefined {
  const held = sectionsOf(running, next)
  const own = ownSections(next)
  return (backend) => running.backends.get(held.get(backend) ?? own(backend) ?? '')
}

/** A backend that only `structure` leads to, as that of a service port, is in no map and never moves. */
function ownSections({ maps, indirection }: Desired): (backend: string) => string | undefined {
  let movable: ReadonlySet<string> | undefined
  return (backend) => {
    movable ??= new Set(
      maps.find(({ name }) => name === indirection)?.entries.map(([name]) => name) ?? []
    )
    return movable.has(backend) ? undefined : backend
  }
}

function housed(
  homeless: readonly DesiredBackend[],
  running: Running,
  next: Desired,
  capabilities: Capabilities,
  placed: Map<DesiredBackend, RunningBackend>
): Placement {
  const pinned = new Set(next.structure.flatMap((line) => line.trim().split(/\s+/)))
  const free = freeSections(running, next, pinned)
  const made: DesiredBackend[] = []
  const missing: DesiredBackend[] = []
  const maker = capabilities.addBackend ? sectionMaker(running) : () => undefined
  for (const backend of homeless) {
    const movable = next.indirection !== undefined && !pinned.has(backend.name)
    const section = movable ? free.take(backend) : undefined
    const own = movable && section === undefined ? maker(backend) : undefined
    if (own !== undefined) made.push(backend)
    const found = section ?? own
    if (found === undefined) missing.push(backend)
    else placed.set(backend, found)
  }
  return { placed, made, missing }
}

/** Makes sections of the kinds that the running HAProxy has `defaults` of. */
function sectionMaker(running: Running) {
  const taken = new Set(running.backends.keys())
  return ({ name, settings, defaults }: DesiredBackend): RunningBackend | undefined => {
    const kind = kindOf({ settings })
    if (defaults === undefined || running.defaults?.get(defaults) !== kind) return undefined
    const section = madeName({ name, defaults }, taken)
    taken.add(section)
    return { name: section, kind, servers: new Map(), made: true }
  }
}

function isEmptied({ servers }: RunningBackend): boolean {
  return [...servers.values()].every(({ state }) => state === 'leaving')
}

/** Sections that no request can reach: nothing points at them and their servers have left. */
function freeSections(running: Running, next: Desired, pinned: ReadonlySet<string>) {
  const used = new Set(sectionsOf(running, next).values())
  const names = new Set(next.backends.map(({ name }) => name))
  const byKind = new Map<string, RunningBackend[]>()
  const own = new Map<string, RunningBackend>()
  for (const section of running.backends.values()) {
    if (used.has(section.name) || pinned.has(section.name) || !isEmptied(section)) continue
    if (names.has(section.name)) own.set(section.name, section)
    else byKind.set(section.kind, [...(byKind.get(section.kind) ?? []), section])
  }
  return {
    take(backend: DesiredBackend): RunningBackend | undefined {
      const mine = own.get(backend.name)
      return mine?.kind === kindOf(backend) ? mine : byKind.get(kindOf(backend))?.shift()
    }
  }
}
