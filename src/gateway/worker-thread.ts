import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { programFile } from './package-folder.ts'

/**
 * Starts a thread of the program.
 *
 * A thread gets none of the hooks by which its process may read TypeScript, so one that is started from
 * the sources registers them by itself.
 *
 * @param name of its source, as `gateway/http/auth/password-worker`
 * @param workerData for the thread, a copy
 */
export function startWorkerThread(name: string, workerData?: unknown): Worker {
  const file = programFile(name)
  if (!file.endsWith('.ts')) return new Worker(file, { workerData })
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const url = JSON.stringify(pathToFileURL(file).href)
  const code = `import(${loader}).then(({ register }) => { register(); return import(${url}) })`
  return new Worker(code, { eval: true, workerData })
}
