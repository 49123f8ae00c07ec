import type { DesiredBackend, DesiredServer } from '../desired.ts'
import { canonicalAddress, type RunningBackend, type RunningServer } from './running.ts'
import type { Step } from './step.ts'

export interface ServerDiff {
  /** What makes servers better or more: done first. */
  readonly arrivals: readonly Step[]
  readonly departures: readonly Step[]
  readonly servers: ReadonlyMap<string, RunningServer>
}

/**
 * Steps from the servers a section has to those it shall have. Weight and address change in place;
 * what can't (`backup`, check words) is done by a twin, `name:2`, that arrives before the first leaves.
 */
export function diffServers(section: RunningBackend, wanted: DesiredBackend): ServerDiff {
  const words = wanted.serverWords.join(' ')
  if (isAlready(section, wanted, words)) {
    return { arrivals: [], departures: [], servers: section.servers }
  }
  const arrivals: Step[] = []
  const kept = new Set<string>()
  const servers = new Map(section.servers)
  for (const server of wanted.servers) {
    const found = findServer(section, server, words)
    const name = found?.name ?? freeName(server.name, servers)
    kept.add(name)
    const after = { ...server, name, words, state: 'ready' as const }
    if (found === undefined) {
      const added = { ...server, name }
      const { name: backend } = section
      arrivals.push({ do: 'add-server', backend, server: added, words: wanted.serverWords })
    } else if (isAsWanted(found, server)) {
      if (found.words !== undefined) continue
    } else arrivals.push(...changes(section.name, found, server))
    servers.set(name, after)
  }
  return { arrivals, ...departures(section, kept, servers) }
}

/** Of 10,000 backends one has changed: the others must cost little. */
function isAlready(section: RunningBackend, wanted: DesiredBackend, words: string): boolean {
  if (section.servers.size !== wanted.servers.length) return false
  return wanted.servers.every((server) => {
    const found = section.servers.get(server.name)
    const isSame = found?.words === words && found.backup === server.backup
    return isSame && isAsWanted(found, server)
  })
}

function departures(
  section: RunningBackend,
  kept: ReadonlySet<string>,
  servers: Map<string, RunningServer>
): Pick<ServerDiff, 'departures' | 'servers'> {
  const steps: Step[] = []
  for (const server of section.servers.values()) {
    if (kept.has(server.name) || server.state === 'leaving') continue
    steps.push({ do: 'leave', backend: section.name, server: server.name })
    servers.set(server.name, { ...server, state: 'leaving' })
  }
  return { departures: steps, servers }
}

/** The server itself or a twin of it, in the right role and with the right words. */
function findServer(
  section: RunningBackend,
  wanted: DesiredServer,
  words: string
): RunningServer | undefined {
  const fits = (server: RunningServer | undefined) =>
    server?.backup === wanted.backup && (server.words ?? words) === words
  for (let twin = 1; ; twin += 1) {
    const server = section.servers.get(twinName(wanted.name, twin))
    if (fits(server)) return server
    // Twins of a name are few; a gap of one (an earlier one has gone) must not hide a later one.
    if (server === undefined && twin > 3) return undefined
  }
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let twin = 1
  while (taken.has(twinName(name, twin))) twin += 1
  return twinName(name, twin)
}

function twinName(name: string, twin: number): string {
  return twin === 1 ? name : `${name}:${twin}`
}

function isAsWanted(found: RunningServer, wanted: DesiredServer): boolean {
  return found.state === 'ready' && found.weight === wanted.weight && isAt(found, wanted)
}

function isAt(found: RunningServer, wanted: DesiredServer): boolean {
  if (found.port !== wanted.port) return false
  if (found.address === wanted.address) return true
  return canonicalAddress(found.address) === canonicalAddress(wanted.address)
}

function changes(backend: string, found: RunningServer, wanted: DesiredServer): Step[] {
  const { name: server } = found
  const { address, port, weight } = wanted
  return [
    ...(isAt(found, wanted)
      ? []
      : [{ do: 'set-address', backend, server, address, port } as const]),
    ...(found.weight === weight ? [] : [{ do: 'set-weight', backend, server, weight } as const]),
    ...(found.state === 'ready' ? [] : [{ do: 'ready', backend, server } as const])
  ]
}
