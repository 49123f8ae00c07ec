import type { Desired, DesiredBackend, DesiredServer } from '../desired.ts'
import type { SeenServer } from './answers.ts'

/** A server as HAProxy holds it. */
export interface RunningServer extends DesiredServer {
  /** Its words, joined; undefined when nobody remembers (a server found in an adopted HAProxy). */
  readonly words: string | undefined
  /**
   * ready: takes traffic. leaving: in maintenance, deleted as soon as its connections have ended.
   * off: somebody took it out, and it was not us.
   */
  readonly state: 'ready' | 'leaving' | 'off'
}

/** A section as HAProxy holds it: an app's, a spare, or one whose app has gone. */
export interface RunningBackend {
  readonly name: string
  /** Sections of one kind may stand in for each other. */
  readonly kind: string
  readonly servers: ReadonlyMap<string, RunningServer>
  /** Made at run time: in no file, and gone with the next reload. */
  readonly made?: true
}

/** What a running HAProxy holds, as far as we know. */
export interface Running {
  readonly structure: string
  readonly backends: ReadonlyMap<string, RunningBackend>
  /** Only maps that HAProxy has loaded: one that no line names does not exist for it. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** By name of a `defaults` section that backends can be made from, their kind; absent: there is none. */
  readonly defaults?: ReadonlyMap<string, string>
  /** Words, joined, that its servers were ever given; absent: any. Those of an adopted one are not told. */
  readonly words?: ReadonlySet<string>
}

/** What HAProxy holds right after it loaded the files of this state. */
export function runningOf(desired: Desired): Running {
  return {
    structure: structureOf(desired),
    backends: new Map(desired.backends.map((backend) => [backend.name, runningBackend(backend)])),
    maps: new Map(desired.maps.map(({ name, entries }) => [name, new Map(entries)])),
    defaults: new Map(desired.defaults?.map((one) => [one.name, kindOf(one)])),
    words: wordsOf(desired)
  }
}

/** The words of all its servers. */
export function wordsOf({ backends }: Desired): Set<string> {
  return new Set(backends.map(({ serverWords }) => serverWords.join(' ')))
}

/** The same when none of the wanted words are new. */
export function withWords(running: Running, desired: Desired): Running {
  const { words } = running
  const more = [...wordsOf(desired)].filter((one) => words?.has(one) === false)
  return words === undefined || more.length === 0
    ? running
    : { ...running, words: new Set([...words, ...more]) }
}

export function structureOf({ structure }: Desired): string {
  return structure.join('\n')
}

export function kindOf({ settings }: Pick<DesiredBackend, 'settings'>): string {
  return settings.join('\n')
}

function runningBackend(backend: DesiredBackend): RunningBackend {
  const words = backend.serverWords.join(' ')
  const servers = backend.servers.map(
    (server) => [server.name, { ...server, words, state: 'ready' as const }] as const
  )
  return { name: backend.name, kind: kindOf(backend), servers: new Map(servers) }
}

/** The same backend with the servers HAProxy showed; what it does not show is remembered. */
export function withSeenServers(
  known: RunningBackend,
  seen: readonly SeenServer[],
  isBackup: (server: string) => boolean = () => false
): RunningBackend {
  const servers = seen.map((server): [string, RunningServer] => {
    const before = known.servers.get(server.name)
    const unready = before?.state === 'leaving' ? 'leaving' : 'off'
    const { name, address, port, weight } = server
    return [
      name,
      {
        name,
        address,
        port,
        weight,
        backup: before?.backup ?? isBackup(name),
        words: before?.words,
        state: server.ready ? 'ready' : unready
      }
    ]
  })
  return { ...known, servers: new Map(servers) }
}

/** How HAProxy writes an address back, so that two spellings of one IPv6 address are no difference. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1)
  } catch {
    return address
  }
}
