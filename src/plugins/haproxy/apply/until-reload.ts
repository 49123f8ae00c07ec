import type { Desired, DesiredBackend, DesiredMap } from '../desired.ts'
import { type Meanwhile, meanwhileOf } from './meanwhile.ts'
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
 * change, all routes wait. What is no route any more goes at once, and what is not guarded as it shall
 * be is closed at once (`meanwhile.ts`).
 */
export function untilReload(running: Running, next: Desired, placement: Placement): UntilReload {
  const { placed, missing } = placement
  const waitsForLines = running.structure !== structureOf(next)
  const waiting = new Set(missing.map(({ name }) => name))
  const placedNames = new Set([...placed.keys()].map(({ name }) => name))
  const { protection } = next
  const meanwhile = meanwhileOf({
    protection,
    isPlaced: (name) => placedNames.has(name),
    sectionOf: sectionFinder(running, next)
  })
  const waits = (value: string) =>
    protection?.known.has(value) !== true && (waitsForLines || waiting.has(value))
  const routes = [...running.maps].flatMap(([name, held]): KeptMap[] => {
    if (name === next.indirection) return []
    const wanted = next.maps.find((map) => map.name === name) ?? { name, entries: [] }
    const now = entriesNow(wanted, held, waits, meanwhile)
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
  const changed = routes.map(({ wanted, now }) => [wanted.name, now] as const)
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

function entriesNow(
  { entries }: DesiredMap,
  held: Entries,
  waits: (value: string) => boolean,
  meanwhile: Meanwhile
): Entries {
  const now = new Map<string, string>()
  for (const [key, value] of entries) {
    const said = waits(value) ? meanwhile(value, held.get(key)) : value
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
