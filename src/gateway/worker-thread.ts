import { Worker } from 'node:worker_threads'

/**
 * Starts a thread with the file of this name beside the caller, whichever of `.ts` and `.js` is there.
 *
 * A thread gets none of the hooks by which its process may read TypeScript, so one that is started from
 * the sources registers them by itself.
 *
 * @param caller `import.meta.url` of the caller
 * @param name without its ending
 * @param workerData for the thread, a copy
 */
export function startWorkerThread(caller: string, name: string, workerData?: unknown): Worker {
  if (!caller.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, caller), { workerData })
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const file = JSON.stringify(new URL(`./${name}.ts`, caller).href)
  const code = `import(${loader}).then(({ register }) => { register(); return import(${file}) })`
  return new Worker(code, { eval: true, workerData })
}
