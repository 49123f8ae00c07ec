import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFiles } from './file-writer.ts'
import type { Running } from './running.ts'

/**
 * What the running worker has loaded and does not tell on its socket: the lines outside of backends, the
 * settings of each, and the words of servers. Kept beside the files for the gateway that adopts this HAProxy.
 */
interface LoadedFacts {
  readonly worker: number
  readonly structure: string
  readonly kinds: readonly string[]
  readonly backends: readonly (readonly [name: string, kind: number])[]
  /** Absent in files of an older gateway. */
  readonly defaults?: readonly (readonly [name: string, kind: number])[]
  readonly maps: readonly string[]
  /** Absent in files of an older gateway. */
  readonly words?: readonly string[]
}

const FILE = 'loaded.json'

export async function saveLoaded(folder: string, worker: number, running: Running): Promise<void> {
  const kinds = new Map<string, number>()
  const numbered = (name: string, kind: string) => {
    const index = kinds.get(kind) ?? kinds.size
    kinds.set(kind, index)
    return [name, index] as const
  }
  const loaded = [...running.backends.values()].filter(({ made }) => made !== true)
  const backends = loaded.map(({ name, kind }) => numbered(name, kind))
  const defaults = [...(running.defaults ?? [])].map(([name, kind]) => numbered(name, kind))
  const facts: LoadedFacts = {
    worker,
    structure: running.structure,
    kinds: [...kinds.keys()],
    backends,
    defaults,
    maps: [...running.maps.keys()],
    ...(running.words === undefined ? {} : { words: [...running.words] })
  }
  await writeFiles(folder, [{ name: FILE, content: JSON.stringify(facts) }])
}

/** What this worker has loaded, its servers and map entries still to be read; undefined if unknown. */
export async function readLoaded(folder: string, worker: number): Promise<Running | undefined> {
  try {
    const facts = JSON.parse(await readFile(join(folder, FILE), 'utf8')) as LoadedFacts
    if (facts.worker !== worker) return undefined
    const backends = facts.backends.map(
      ([name, kind]) => [name, { name, kind: facts.kinds[kind] ?? '', servers: new Map() }] as const
    )
    return {
      structure: facts.structure,
      backends: new Map(backends),
      maps: new Map(facts.maps.map((name) => [name, new Map()])),
      defaults: new Map(facts.defaults?.map(([name, kind]) => [name, facts.kinds[kind] ?? ''])),
      ...(facts.words === undefined ? {} : { words: new Set(facts.words) })
    }
  } catch {
    // Missing or damaged: the caller reloads, and then it is known.
    return undefined
  }
}
