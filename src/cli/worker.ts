import type { Command } from 'commander'
import type { Config } from '../gateway/config/load-config.ts'
import { createGateway } from '../gateway/create-gateway.ts'
import { type ControlLink, createControlLink } from '../plugins/workers/control-link.ts'
import { CommandError } from './context.ts'
import { createLog } from './create-log.ts'
import { describeError } from './describe-error.ts'
import { loadPlugins } from './load-plugins.ts'
import { outlastFaults } from './outlast-faults.ts'
import { listenForStop } from './stop-signal.ts'
import { WORKER_COMMAND, type WorkerSettings } from './workers.ts'

/** What `run` starts for each of its workers. Hidden: nobody else has a use for it. */
export function addWorker(program: Command): void {
  program.command(WORKER_COMMAND, { hidden: true }).action(async () => {
    if (process.send === undefined) {
      throw new CommandError(['a worker is started by run: marathon-gateway run --workers 2'])
    }
    // Signals come to all processes of a service; this one ends when the one that leads it says so.
    listenForStop(() => undefined)
    const link = createControlLink(process)
    await work(link)
  })
}

async function work(link: ControlLink): Promise<void> {
  const { number, settings } = await link.started
  const config: Config = { ...(settings as WorkerSettings), placeOf: () => 'configuration' }
  const log = createLog(config.core.log.level).child({ worker: number })
  try {
    const gateway = await createGateway(stoppingAtOnce(config), {
      plugins: await loadPlugins(config),
      log,
      others: link.control
    })
    outlastFaults(gateway.host.fault)
    await link.ended
    await gateway.stop()
  } catch (error) {
    link.unable(describeError(error))
    // As it was said already, where all else is said.
    throw new CommandError([], undefined, { cause: error })
  }
}

/** The delay of a stop is over when control tells its workers. */
function stoppingAtOnce({ core }: Config): Config['core'] {
  return { ...core, shutdown: { ...core.shutdown, delay: '0' } }
}
