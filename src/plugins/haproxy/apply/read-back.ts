import {
  parseBackends,
  parseBackupServers,
  parseMap,
  parseServersState,
  type SeenServer
} from './answers.ts'
import { mapPath } from './commands.ts'
import { withMadeSections } from './made-sections.ts'
import { type Running, type RunningBackend, withSeenServers } from './running.ts'
import { safeName } from './runtime-command.ts'
import type { RuntimeSocket } from './runtime-socket.ts'
import type { Step } from './step.ts'

/** Above this many touched backends all are read: each is a connection. */
const FEW_BACKENDS = 50
/** Above this many touched keys the whole map is read. */
const FEW_KEYS = 60

/**
 * The state with everything the steps touched as HAProxy shows it now.
 * @throws RuntimeSocketError
 */
export async function readTouched(
  socket: RuntimeSocket,
  folder: string,
  known: Running,
  steps: readonly Step[]
): Promise<Running> {
  const touched = new Set(steps.flatMap((step) => ('backend' in step ? [step.backend] : [])))
  const backends = new Map(known.backends)
  const all =
    touched.size > FEW_BACKENDS
      ? parseServersState(await socket.ask('show', 'servers', 'state'))
      : undefined
  for (const name of touched) {
    const backend = known.backends.get(name)
    if (backend === undefined) continue
    const seen = all === undefined ? await seenServers(socket, name) : all.get(name)
    backends.set(name, withSeenServers(backend, seen ?? []))
  }
  const maps = new Map(known.maps)
  for (const [name, keys] of touchedKeys(steps)) {
    const entries = known.maps.get(name) ?? new Map<string, string>()
    const path = mapPath(folder, name)
    if (keys.length <= FEW_KEYS) maps.set(name, await readKeys(socket, path, entries, keys))
    else maps.set(name, parseMap(await socket.ask('show', 'map', path)) ?? entries)
  }
  return { ...known, backends, maps }
}

/** What is asked besides servers and maps. */
export interface ReadOptions {
  /** Nothing is known of the servers: which are backup servers is asked too. */
  readonly adopted: boolean
  /** HAProxy can make backends at run time: which it has is asked too. */
  readonly addBackend: boolean
}

/**
 * The state with everything as HAProxy shows it now. Maps it has not loaded are left out.
 * @throws RuntimeSocketError
 */
export async function readAll(
  socket: RuntimeSocket,
  folder: string,
  remembered: Running,
  { adopted, addBackend }: ReadOptions
): Promise<Running> {
  const known = addBackend
    ? withMadeSections(remembered, parseBackends(await socket.ask('show', 'backend')))
    : remembered
  const seen = parseServersState(await socket.ask('show', 'servers', 'state'))
  const backup = adopted
    ? parseBackupServers(await socket.ask('show', 'stat', '-1', '4', '-1'))
    : new Set<string>()
  const backends = [...known.backends].map(([name, backend]): [string, RunningBackend] => {
    const isBackup = (server: string) => backup.has(`${name}/${server}`)
    return [name, withSeenServers(backend, seen.get(name) ?? [], isBackup)]
  })
  const maps = new Map<string, ReadonlyMap<string, string>>()
  for (const name of known.maps.keys()) {
    const entries = parseMap(await socket.ask('show', 'map', mapPath(folder, name)))
    if (entries !== undefined) maps.set(name, entries)
  }
  return { ...known, backends: new Map(backends), maps }
}

async function seenServers(
  socket: RuntimeSocket,
  backend: string
): Promise<readonly SeenServer[] | undefined> {
  const text = await socket.ask('show', 'servers', 'state', safeName(backend))
  return parseServersState(text).get(backend)
}

async function readKeys(
  socket: RuntimeSocket,
  path: string,
  entries: ReadonlyMap<string, string>,
  keys: readonly string[]
): Promise<Map<string, string>> {
  const answers = await socket.run(keys.map((key) => ({ words: ['get', 'map', path, key] })))
  const after = new Map(entries)
  for (const [at, key] of keys.entries()) {
    // A prefix map answers with the longest prefix, which may be the key of another entry.
    const [, found, value] = /key="(.*)", value="(.*)", type=/.exec(answers[at] ?? '') ?? []
    if (found === key && value !== undefined) after.set(key, value)
    else after.delete(key)
  }
  return after
}

function touchedKeys(steps: readonly Step[]): Map<string, string[]> {
  const touched = new Map<string, string[]>()
  for (const step of steps) {
    if (step.do !== 'change-map' && step.do !== 'replace-map') continue
    const pairs = step.do === 'replace-map' ? step.entries : [...step.add, ...step.set]
    const gone = step.do === 'replace-map' ? [] : step.del
    const keys = touched.get(step.map) ?? []
    touched.set(step.map, [...keys, ...pairs.map(([key]) => key), ...gone])
  }
  return touched
}
