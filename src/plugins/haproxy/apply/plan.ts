import type { Desired, DesiredBackend } from '../desired.ts'
import type { Capabilities } from './capabilities.ts'
import { diffMap } from './diff-maps.ts'
import { diffServers } from './diff-servers.ts'
import { type Placement, placeBackends } from './place-backends.ts'
import { type Running, type RunningBackend, structureOf } from './running.ts'
import type { Step } from './step.ts'
import { type UntilReload, untilReload } from './until-reload.ts'

export interface Plan {
  /** In order: what arrives, then the maps, then what leaves. Also when a reload has to follow. */
  readonly steps: readonly Step[]
  /** What HAProxy holds once the steps are done. */
  readonly after: Running
  /** Why the rest takes a reload; undefined when the steps are all. */
  readonly reload?: string
}

/**
 * How a running HAProxy gets to the desired state without losing a request: make before break.
 * Where a reload is needed, the servers of backends that stay are still brought up to date at once,
 * and routes to what it has to make stay as they are until then.
 */
export function planChange(running: Running, next: Desired, capabilities: Capabilities): Plan {
  const placement = placeBackends(running, next, capabilities)
  const reload = reloadReason(running, next, placement)
  const pending = reload === undefined ? undefined : untilReload(running, next, placement)
  const maps = pending?.maps ?? wantedMaps(running, next, placement)
  const backends = new Map(running.backends)
  const arrivals: Step[] = placement.made.map((made) => {
    return {
      do: 'add-backend',
      backend: placement.placed.get(made)?.name ?? made.name,
      defaults: made.defaults ?? '',
      mode: modeOf(made)
    }
  })
  const departures: Step[] = []
  for (const [wanted, section] of sectionsToFill(running, next, placement, pending)) {
    const diff = diffServers(section, wanted)
    arrivals.push(...diff.arrivals)
    departures.push(...diff.departures)
    const isChanged = diff.servers !== section.servers || !backends.has(section.name)
    if (isChanged) backends.set(section.name, { ...section, servers: diff.servers })
  }
  const steps = [...arrivals, ...mapSteps(running, maps, next, capabilities), ...departures]
  const after = { ...running, backends, maps: new Map([...running.maps, ...maps]) }
  const refused = capabilities.addServer ? undefined : withoutNewServers(steps)
  const why = reload ?? refused?.reload
  const result = refused?.reload === undefined ? { steps, after } : { ...refused, after: running }
  return { steps: result.steps, after: result.after, ...(why === undefined ? {} : { reload: why }) }
}

function modeOf({ settings }: DesiredBackend): 'http' | 'tcp' {
  return settings.some((line) => line.trim() === 'mode tcp') ? 'tcp' : 'http'
}

function reloadReason(running: Running, next: Desired, placement: Placement): string | undefined {
  if (running.structure !== structureOf(next)) return 'lines outside of backends have changed'
  const [first] = placement.missing
  if (first === undefined) return undefined
  const more = placement.missing.length - 1
  return `backend ${first.name}${more === 0 ? '' : ` and ${more} more`} needs a section of its own`
}

/** The maps as they shall be, of those HAProxy has loaded; a backend's stand-in is written in. */
function wantedMaps(
  running: Running,
  next: Desired,
  { placed }: Placement
): Map<string, ReadonlyMap<string, string>> {
  const sections = new Map([...placed].map(([backend, section]) => [backend.name, section.name]))
  const loaded = next.maps.filter(({ name }) => running.maps.has(name))
  return new Map(
    loaded.map(({ name, entries }) => {
      if (name !== next.indirection) return [name, new Map(entries)]
      return [name, new Map(entries.map(([key, value]) => [key, sections.get(key) ?? value]))]
    })
  )
}

/** Each section with what it shall hold: placed ones their servers, unreachable ones nothing. */
function sectionsToFill(
  running: Running,
  { protection }: Desired,
  { placed }: Placement,
  pending: UntilReload | undefined
): [DesiredBackend, RunningBackend][] {
  const filled: [DesiredBackend, RunningBackend][] = [
    ...placed,
    ...[...(pending?.standIns ?? [])].map(([section, backend]) => inWords(section, backend))
  ]
  const kept = new Set(filled.map(([, { name }]) => name))
  if (pending !== undefined) {
    // Nobody can tell which sections are reachable.
    if (pending.maps.size === 0) return filled
    for (const map of pending.maps.values()) for (const name of map.values()) kept.add(name)
    // Until the reload a listener still leads to the section that its line names.
    for (const word of running.structure.split(/\s+/)) kept.add(word)
    for (const name of protection?.shut ?? []) kept.delete(name)
  }
  const emptied = [...running.backends.values()].filter(
    ({ name, servers }) => servers.size > 0 && !kept.has(name)
  )
  const nothing = { name: '', settings: [], serverWords: [], servers: [] }
  return [
    ...filled,
    ...emptied.map((section): [DesiredBackend, RunningBackend] => [nothing, section])
  ]
}

/** What servers are told besides their address goes with the settings of the section that stays. */
function inWords(
  section: RunningBackend,
  backend: DesiredBackend
): [DesiredBackend, RunningBackend] {
  const [words] = [...section.servers.values()].flatMap(({ words }) => words ?? [])
  if (words === undefined) return [backend, section]
  return [{ ...backend, serverWords: words === '' ? [] : words.split(' ') }, section]
}

/** The indirection first, so that no route leads to a backend nobody stands for; its leavers last. */
function mapSteps(
  running: Running,
  maps: ReadonlyMap<string, ReadonlyMap<string, string>>,
  next: Desired,
  capabilities: Capabilities
): Step[] {
  const before: Step[] = []
  const routes: Step[] = []
  const after: Step[] = []
  for (const [name, wanted] of maps) {
    const held = running.maps.get(name) ?? new Map()
    if (name !== next.indirection) routes.push(...diffMap(name, held, wanted, capabilities))
    else {
      const both = new Map([...held, ...wanted])
      before.push(...diffMap(name, held, both, capabilities))
      after.push(...diffMap(name, both, wanted, capabilities))
    }
  }
  return [...before, ...routes, ...after]
}

/** An HAProxy that can't add servers needs a reload for them. */
function withoutNewServers(steps: readonly Step[]): Pick<Plan, 'steps'> & { reload?: string } {
  const possible = steps.filter((step) => step.do !== 'add-server')
  if (possible.length === steps.length) return { steps }
  return { steps: possible, reload: 'this HAProxy can’t add servers at run time' }
}
