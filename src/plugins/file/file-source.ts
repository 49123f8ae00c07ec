import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { watch } from 'chokidar'
import type { Source, SourceSink } from '../../gateway/source.ts'
import { parseRoutesFile } from './parse-file.ts'

const MAX_BYTES = 4 * 1024 * 1024

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
    const { size } = await stat(file)
    if (size > MAX_BYTES) throw new Error(`${file} is larger than ${MAX_BYTES / 1024 / 1024} MiB`)
    sink.publish(parseRoutesFile(name, file, await readFile(file, 'utf8'), takenAt))
  } catch (error) {
    sink.failed(reasonOf(file, error))
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
