import type { Desired, DesiredBackend, DesiredMap } from '../desired.ts'
import { type Placement, sectionFinder } from './place-backends.ts'
import { type Running, type RunningBackend, structureOf } from './running.ts'

type Entries = ReadonlyMap<string, string>

/** What can be brought into force at once when the rest takes a reload. */
export interface UntilReload {
  readonly maps: ReadonlyMap<string, Entries>
  /**
   * Sections that requests are still led to although another backend is wanted there: meanwhile they hold
   * its servers, since those of before may end any moment.
   */
  readonly standIns: ReadonlyMap<RunningBackend, DesiredBackend>
}

/**
 * Where only sections are missing, everything is as it shall be but the routes to them: a new one waits,
 * a changed one leads where it led. Lines outside of backends may give routes another meaning: when they
 * change, all routes wait.
 */
export function untilReload(running: Running, next: Desired, placement: Placement): UntilReload {
  const { placed, missing } = placement
  const waitsForLines = running.structure !== structureOf(next)
  const waiting = new Set(missing.map(({ name }) => name))
  const routes = next.maps.flatMap((wanted): KeptMap[] => {
    const held = running.maps.get(wanted.name)
    if (held === undefined || wanted.name === next.indirection) return []
    const now = waitsForLines ? held : withoutRoutesTo(waiting, wanted, held)
    return [{ wanted, now, kept: keptRoutes(wanted, now) }]
  })
  const standIns = standInsOf(running, next, missing, routes)
  const held = running.maps.get(next.indirection ?? '')
  if (next.indirection === undefined || held === undefined) return { maps: new Map(), standIns }
  const kept = new Set(routes.flatMap((map) => map.kept.map(({ leadsTo }) => leadsTo)))
  const isKept = (name: string) => waitsForLines || waiting.has(name) || kept.has(name)
  const wanted = next.maps.find(({ name }) => name === next.indirection)?.entries ?? []
  const sections = new Map([
    ...(waitsForLines ? [] : wanted.filter(([name]) => !waiting.has(name))),
    ...[...held].filter(([name]) => isKept(name)),
    ...[...placed].map(([backend, section]) => [backend.name, section.name] as const)
  ])
  const changed = waitsForLines ? [] : routes.map(({ wanted, now }) => [wanted.name, now] as const)
  return { maps: new Map([...changed, [next.indirection, sections]]), standIns }
}

interface KeptMap {
  readonly wanted: DesiredMap
  readonly now: Entries
  readonly kept: readonly KeptRoute[]
}

/** A route that leads to another backend than it shall. */
interface KeptRoute {
  readonly leadsTo: string
  /** Undefined: it shall be none. */
  readonly wanted: string | undefined
}

function withoutRoutesTo(waiting: ReadonlySet<string>, wanted: DesiredMap, held: Entries): Entries {
  const now = new Map<string, string>()
  for (const [key, value] of wanted.entries) {
    const said = waiting.has(value) ? held.get(key) : value
    if (said !== undefined) now.set(key, said)
  }
  return now
}

function keptRoutes({ entries }: DesiredMap, now: Entries): KeptRoute[] {
  const wanted = new Map(entries)
  return [...now].flatMap(([key, leadsTo]) => {
    const value = wanted.get(key)
    return value === leadsTo ? [] : [{ leadsTo, wanted: value }]
  })
}

function standInsOf(
  running: Running,
  next: Desired,
  missing: readonly DesiredBackend[],
  routes: readonly KeptMap[]
): Map<RunningBackend, DesiredBackend> {
  const byName = new Map(next.backends.map((backend) => [backend.name, backend]))
  const sectionOf = sectionFinder(running, next)
  const standIns = new Map<RunningBackend, DesiredBackend>()
  const standIn = (name: string, backend: DesiredBackend | undefined) => {
    const section = sectionOf(name)
    if (section !== undefined && backend !== undefined) standIns.set(section, backend)
  }
  for (const { leadsTo, wanted } of routes.flatMap(({ kept }) => kept)) {
    // A backend that goes on has servers of its own.
    if (!byName.has(leadsTo)) standIn(leadsTo, byName.get(wanted ?? ''))
  }
  for (const backend of missing) standIn(backend.name, backend)
  return standIns
}
