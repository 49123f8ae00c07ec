import type { Desired, DesiredBackend } from '../desired.ts'
import type { Capabilities } from './capabilities.ts'
import { diffServers } from './diff-servers.ts'
import { lineDiff, sectionDiff } from './line-diff.ts'
import { type Placement, placeBackends, sectionFinder, sectionsOf } from './place-backends.ts'
import { planChange } from './plan.ts'
import { kindOf, type Running, type RunningBackend } from './running.ts'
import type { Step } from './step.ts'

/** What keeps a running HAProxy from a desired state, in words; lines begin with `+`, `-` or `~`. */
export interface Differences {
  readonly backends: readonly BackendDifference[]
  readonly maps: readonly { readonly map: string; readonly lines: readonly string[] }[]
  /** Sections outside of backends. */
  readonly structure: readonly { readonly header: string; readonly lines: readonly string[] }[]
  /** Why it takes a reload; absent: commands do. */
  readonly reload?: string
}

export interface BackendDifference {
  readonly backend: string
  readonly change: 'new' | 'gone' | 'changed'
  /** How a new one, or one with other settings, would get its section. */
  readonly how?: 'a spare' | 'a command' | 'a reload'
  readonly lines: readonly string[]
}

type Entries = ReadonlyMap<string, string>

/** Pure. `structure` has to be in one form on both sides: with the paths of files, or without. */
export function differencesOf(
  running: Running,
  next: Desired,
  capabilities: Capabilities
): Differences {
  const { reload } = planChange(running, next, capabilities)
  const before = running.structure.split('\n')
  return {
    backends: [
      ...backendDifferences(running, next, placeBackends(running, next, capabilities)),
      ...goneBackends(running, next)
    ],
    maps: mapDifferences(running, next),
    structure: sectionDiff(before, next.structure),
    ...(reload === undefined ? {} : { reload })
  }
}

export function isSame({ backends, maps, structure, reload }: Differences): boolean {
  return backends.length + maps.length + structure.length === 0 && reload === undefined
}

function backendDifferences(
  running: Running,
  next: Desired,
  placement: Placement
): BackendDifference[] {
  const sectionOf = sectionFinder(running, next)
  return next.backends.flatMap((backend): BackendDifference[] => {
    const section = sectionOf(backend.name)
    if (section === undefined) {
      const empty = { name: backend.name, kind: kindOf(backend), servers: new Map() }
      const lines = serverLines(empty, backend)
      return [{ backend: backend.name, change: 'new', how: howOf(backend, placement), lines }]
    }
    const settings = lineDiff(section.kind.split('\n'), backend.settings)
    const lines = [...settings, ...serverLines(section, backend)]
    if (lines.length === 0) return []
    const how = settings.length === 0 ? {} : { how: howOf(backend, placement) }
    return [{ backend: backend.name, change: 'changed', ...how, lines }]
  })
}

function howOf(
  backend: DesiredBackend,
  { made, missing }: Placement
): NonNullable<BackendDifference['how']> {
  if (missing.includes(backend)) return 'a reload'
  return made.includes(backend) ? 'a command' : 'a spare'
}

/** Sections whose servers take traffic though no backend of the state has them. */
function goneBackends(running: Running, next: Desired): BackendDifference[] {
  const sectionOf = sectionFinder(running, next)
  const used = new Set(next.backends.map(({ name }) => sectionOf(name)?.name))
  const names = new Map([...sectionsOf(running, next)].map(([name, section]) => [section, name]))
  const nothing = { name: '', settings: [], serverWords: [], servers: [] }
  return [...running.backends.values()].flatMap((section): BackendDifference[] => {
    const backend = names.get(section.name)
    if (used.has(section.name)) return []
    const lines = serverLines(section, nothing)
    // A section that nothing leads to and that is empty waits for another app.
    if (lines.length === 0 && backend === undefined) return []
    return [{ backend: backend ?? section.name, change: 'gone', lines }]
  })
}

/** A server that waits for its last connections is no difference: it leaves already. */
function serverLines(section: RunningBackend, wanted: DesiredBackend): string[] {
  const { arrivals, departures } = diffServers(section, wanted)
  const isReady = (step: Step) =>
    step.do !== 'leave' || section.servers.get(step.server)?.state === 'ready'
  return [...arrivals, ...departures.filter(isReady)].map((step) => serverLine(step, section))
}

function serverLine(step: Step, section: RunningBackend): string {
  switch (step.do) {
    case 'add-server': {
      const { name, address, port, weight, backup } = step.server
      const words = [...(backup ? ['backup'] : []), ...step.words]
      return ['+ server', name, at(address, port), `weight ${weight}`, ...words].join(' ')
    }
    case 'set-weight':
      return `~ server ${step.server} weight ${section.servers.get(step.server)?.weight} -> ${step.weight}`
    case 'set-address':
      return `~ server ${step.server} ${placeOf(section, step.server)} -> ${at(step.address, step.port)}`
    case 'ready':
      return `~ server ${step.server} ${placeOf(section, step.server)} takes traffic again`
    case 'leave':
      return `- server ${step.server} ${placeOf(section, step.server)}`
    default:
      throw new Error(`${step.do} is no step of a server`)
  }
}

function placeOf(section: RunningBackend, name: string): string {
  const { address = '', port = 0 } = section.servers.get(name) ?? {}
  return at(address, port)
}

function at(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function mapDifferences(running: Running, next: Desired): Differences['maps'] {
  const wanted = new Map(next.maps.map(({ name, entries }) => [name, new Map(entries)]))
  const names = [...new Set([...wanted.keys(), ...running.maps.keys()])]
  return names.flatMap((map) => {
    const entries = [running.maps.get(map), wanted.get(map)] as const
    const [held, want] = entries.map((one) => one ?? new Map<string, string>())
    if (held === undefined || want === undefined) return []
    const isIndirection = map === next.indirection
    const lines = isIndirection ? fixedLines(held, want, running, next) : entryLines(held, want)
    return lines.length === 0 ? [] : [{ map, lines }]
  })
}

/** Of the map of sections, what is no backend: that of backends is told as backends. */
function fixedLines(held: Entries, want: Entries, running: Running, next: Desired): string[] {
  const backends = new Set(next.backends.map(({ name }) => name))
  const isFixed = ([key, value]: readonly [string, string]) =>
    !backends.has(key) && !running.backends.has(value)
  const only = (entries: Entries) => new Map([...entries].filter(isFixed))
  return entryLines(only(held), only(want))
}

function entryLines(held: Entries, want: Entries): string[] {
  const lines: string[] = []
  for (const [key, value] of want) {
    const before = held.get(key)
    if (before === undefined) lines.push(`+ ${key} ${value}`)
    else if (before !== value) lines.push(`~ ${key} ${before} -> ${value}`)
  }
  for (const [key, value] of held) if (!want.has(key)) lines.push(`- ${key} ${value}`)
  return lines
}
