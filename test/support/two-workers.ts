import { fork } from 'node:child_process'
import { join } from 'node:path'
import fastify from 'fastify'
import { builtInPlugins } from '../../src/cli/built-in-plugins.ts'
import { loadConfig } from '../../src/gateway/config/load-config.ts'
import { type Crew, createCrew } from '../../src/plugins/workers/crew.ts'
import { eventually } from './eventually.ts'
import { type FrontDoorUnderTest, type OpenFrontDoor, openLane } from './front-door.ts'

/** Built before the suite runs. */
const program = join(import.meta.dirname, '../../dist/cli/main.js')

/** Long on a busy machine, short for a test. */
const HANGS_MS = 5000
/** A new worker has to start first. */
const AGREE_MS = 60_000

/** A front door whose traffic two processes of the built gateway carry; this one leads them. */
export interface TwoWorkers extends FrontDoorUnderTest {
  readonly crew: Crew
  /** Resolves when all workers serve by the current table. */
  agree(): Promise<void>
}

export async function openTwoWorkers(
  lane: 'wire' | 'full',
  proxy: Readonly<Record<string, unknown>> = {},
  shutdown = { delay: '0', timeout: '5s' }
): Promise<TwoWorkers> {
  const { core, sections, folder } = await loadConfig({ plugins: builtInPlugins })
  const options = { ...Object(sections['proxy']), host: '127.0.0.1', lane, ...proxy, port: 0 }
  const settings = {
    core: { ...core, shutdown, log: { level: 'error' } },
    sections: { ...sections, proxy: options },
    folder
  }
  const crew = createCrew({
    count: 2,
    settings,
    log: fastify({ logger: { level: 'silent' } }).log,
    hangsMs: HANGS_MS,
    // Nothing of the runner's own flags.
    fork: () => fork(program, ['worker'], { execArgv: [] })
  })
  const door = await openLane(lane, { proxy, config: { shutdown } }, crew).catch((error) => {
    crew.kill()
    throw error
  })
  async function agree(): Promise<void> {
    await eventually(
      'all workers have the table',
      () => crew.workers.every(({ state, table }) => state === 'serving' && table === door.hash()),
      AGREE_MS
    )
  }
  return {
    ...door,
    crew,
    agree,
    async publish(apps) {
      await door.publish(apps)
      await agree()
    }
  }
}

/** One such front door for a whole suite of tests that run one after the other with default options. */
export function sharedTwoWorkers(lane: 'wire' | 'full'): {
  readonly open: OpenFrontDoor
  close(): Promise<void>
} {
  let shared: Promise<TwoWorkers> | undefined
  return {
    async open(settings = {}) {
      if (Object.keys(settings).length > 0) return openTwoWorkers(lane, settings.proxy)
      shared ??= openTwoWorkers(lane)
      return { ...(await shared), stop: async () => undefined }
    },
    close: async () => (await shared)?.stop()
  }
}
