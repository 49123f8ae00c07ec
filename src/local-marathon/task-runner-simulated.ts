import { wantedPorts } from './definition.ts'
import type { LaunchSpec, TaskRunner } from './task-runner.ts'

/** The address a simulated task pretends to have. */
export type SimulatedAddress = (
  appId: string,
  number: number
) => { readonly host: string; readonly ports: readonly number[] }

/**
 * Runs nothing: tasks "run" at once and end at once, checks pass. The address comes from
 * `addressOf`, else from the app's env (SIMULATED_HOST, SIMULATED_PORTS=31000,31001), else it is
 * 127.0.0.1 with a number per task from 20000 up.
 */
export function createSimulatedRunner(addressOf: SimulatedAddress | undefined): TaskRunner {
  let count = 0
  const address = ({ definition }: LaunchSpec) => {
    const number = count
    count += 1
    if (addressOf) return addressOf(definition.id, number)
    const { SIMULATED_HOST: host, SIMULATED_PORTS: ports } = definition.env
    const wanted = wantedPorts(definition)
    return {
      host: typeof host === 'string' ? host : '127.0.0.1',
      ports:
        typeof ports === 'string'
          ? ports.split(',').map(Number)
          : wanted.map((port, index) => port.hostPort || 20_000 + ((number + index) % 40_000))
    }
  }
  return {
    async place(spec) {
      return { ...address(spec), release: () => undefined }
    },
    start(_spec, placement, on) {
      let ended = false
      queueMicrotask(() => {
        if (!ended) on.running(placement.host)
      })
      return {
        simulated: true,
        exec: () => Promise.resolve(0),
        kill() {
          if (ended) return
          ended = true
          queueMicrotask(() => on.ended({ state: 'TASK_FINISHED', message: '' }))
        }
      }
    }
  }
}
