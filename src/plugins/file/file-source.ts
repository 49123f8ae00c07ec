import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { watch } from 'chokidar'
import type { Source, SourceSink } from '../../gateway/source.ts'
import { parseRoutesFile } from './parse-file.ts'

const MAX_BYTES = 4 * 1024 * 1024
/** A file that was written to this lately may not be whole yet, ms. */
const YOUNG_MS = 1000
/** How long a young file has to stay as it is, ms. */
const SETTLED_MS = 50
/** A file that never settles is read as it is after so many looks. */
const MAX_LOOKS = 20

/**
 * A watched file of services, routes and overrides. A broken or missing file is told to the sink
 * and changes nothing: the last good one stays in force.
 *
 * @param now milliseconds since 1970
 */
export function createFileSource(name: string, path: string, now: () => number): Source {
  const file = resolve(path)
  let readAgain: () => void = () => undefined

  return {
    name,
    start(sink, signal) {
      if (signal.aborted) return
      readAgain = coalesced(() => readInto(sink, name, path, now), signal)
      const watcher = watchFile(file, readAgain, (error) => {
        sink.failed(`${path} can't be watched: ${String(error)}`)
      })
      signal.addEventListener('abort', () => void watcher.close().catch(() => undefined), {
        once: true
      })
      readAgain()
    },
    refresh() {
      readAgain()
    }
  }
}

/**
 * Watches the folder, not the file: editors and mounted volumes replace the file by another one, and
 * it may not exist yet. `..data` is the link that Kubernetes swaps.
 */
function watchFile(file: string, onChange: () => void, onError: (error: unknown) => void) {
  const folder = dirname(file)
  const wanted = new Set([folder, file, resolve(folder, '..data')])
  const watcher = watch(folder, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => !wanted.has(resolve(path))
  })
  return watcher.on('all', onChange).on('error', onError)
}

async function readInto(
  sink: SourceSink,
  name: string,
  file: string,
  now: () => number
): Promise<void> {
  const takenAt = now()
  try {
    sink.publish(parseRoutesFile(name, file, await settledText(file, now), takenAt))
  } catch (error) {
    sink.failed(reasonOf(file, error))
  }
}

/** Whoever writes a file in place empties it first: half of a file is not what its writer meant. */
async function settledText(file: string, now: () => number): Promise<string> {
  for (let looks = 1; ; looks += 1) {
    const { size, mtimeMs } = await stat(file)
    if (size > MAX_BYTES) throw new Error(`${file} is larger than ${MAX_BYTES / 1024 / 1024} MiB`)
    const text = await readFile(file, 'utf8')
    if (Math.abs(now() - mtimeMs) > YOUNG_MS || looks === MAX_LOOKS) return text
    await delay(SETTLED_MS)
    const later = await stat(file)
    if (later.size === size && later.mtimeMs === mtimeMs) return text
  }
}

function reasonOf(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `${basename(file)}: no such file (${file})`
  return code === 'EACCES' ? `${file} may not be read by this user` : message
}

/** One read at a time; calls during a read share one more read after it. */
function coalesced(work: () => Promise<void>, signal: AbortSignal): () => void {
  let running = false
  let again = false
  async function run(): Promise<void> {
    running = true
    do {
      again = false
      await work()
    } while (again && !signal.aborted)
    running = false
  }
  return () => {
    if (signal.aborted) return
    if (running) again = true
    else void run()
  }
}
