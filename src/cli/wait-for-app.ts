import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { GatewayHost } from '../gateway/plugin.ts'
import { CommandError } from './context.ts'

/** The front door and what is awaited behind it. */
export interface AwaitedApp {
  readonly host: string
  readonly port: number
  /** Endpoints that have to be there. */
  readonly instances: number
}

const APP = '/myapp'
const APP_HOST = 'myapp.local'
const LOOK_EVERY_MS = 50
/** How often a line tells how far it is. */
const PROGRESS_MS = 2000
const LIMIT_MS = 120_000

/**
 * Waits until the sample app has all its endpoints and answers through the gateway, or the signal
 * aborts.
 * @throws CommandError after two minutes
 */
export async function waitForApp(
  gateway: GatewayHost,
  awaited: AwaitedApp,
  signal: AbortSignal,
  tell: (line: string) => void
): Promise<void> {
  const begin = performance.now()
  let told = begin
  while (!signal.aborted) {
    const count = endpointsOf(gateway)
    if (count >= awaited.instances && (await answers(awaited))) return
    const now = performance.now()
    if (now - begin > LIMIT_MS) {
      throw new CommandError([`${APP} does not answer after two minutes: see with --debug`])
    }
    if (now - told > PROGRESS_MS) {
      tell(`  ${APP}: ${count} of ${awaited.instances} tasks are ready`)
      told = now
    }
    await wait(LOOK_EVERY_MS)
  }
}

function endpointsOf({ table }: GatewayHost): number {
  const own = [...table.services.values()].filter(({ origin }) => origin.app === APP)
  return Math.max(0, ...own.map(({ endpoints }) => endpoints.length))
}

function answers({ host, port }: AwaitedApp): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host, port, agent: false, headers: { host: APP_HOST } }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200))
      answer.on('error', () => resolve(false))
    })
    request.on('error', () => resolve(false))
  })
}
