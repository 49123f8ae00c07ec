import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'
import { ConfigError } from '../gateway/config/config-error.ts'
import type { Config } from '../gateway/config/load-config.ts'
import { programFile } from '../gateway/package-folder.ts'
import { type Crew, createCrew } from '../plugins/workers/crew.ts'

/** The command of `main` that a worker runs; it is for nobody else. */
export const WORKER_COMMAND = 'worker'

/** What of the configuration a worker gets: it must not read a file that has changed meanwhile. */
export type WorkerSettings = Pick<Config, 'core' | 'sections' | 'folder'>

/**
 * The processes that carry the traffic; undefined when this one does, since one is enough.
 * @throws ConfigError when several are asked for where HAProxy carries it
 */
export function startCrew(config: Config, log: FastifyBaseLogger): Crew | undefined {
  const count = workerCount(config)
  if (count === 1) return undefined
  const { core, sections, folder } = config
  const settings: WorkerSettings = { core, sections, folder }
  return createCrew({
    count,
    settings,
    log,
    fork: () => fork(programFile('cli/main'), [WORKER_COMMAND])
  })
}

/** @throws ConfigError */
function workerCount({ core, placeOf }: Config): number {
  const { workers, plane } = core
  if (plane !== 'proxy') {
    if (workers === 'auto' || workers === 1) return 1
    throw new ConfigError([
      `${placeOf(['workers'])}: workers: must be 1 or auto with plane ${plane}, where HAProxy carries the traffic, found ${workers}`
    ])
  }
  return workers === 'auto' ? availableParallelism() : workers
}
