import type { TestContext } from 'node:test'
import fastify from 'fastify'
import { openVerifyStage, type VerifyStage } from '../../src/cli/verify-stage.ts'
import { checkValue } from '../../src/gateway/config/check-value.ts'
import { type CoreConfig, coreSchema } from '../../src/gateway/config/core-schema.ts'
import { createGateway } from '../../src/gateway/create-gateway.ts'
import type { Source } from '../../src/gateway/source.ts'
import { parseRoutesFile } from '../../src/plugins/file/parse-file.ts'
import { type ProxyOptions, proxyOptions } from '../../src/plugins/proxy/options.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../src/testing/memory-source.ts'
import { eventually } from './eventually.ts'

/** An app of an agreement test. */
export interface StagedApp {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly tasks: number
}

/** Both planes in front of stand-ins for the tasks of these apps, until the test ends. */
export async function stagePlanes(
  t: TestContext,
  apps: readonly StagedApp[],
  routesFile: string,
  given: Partial<ProxyOptions> = {}
): Promise<VerifyStage> {
  const source = createMemorySource('marathon')
  source.publish(apps.map(appOf))
  const log = fastify({ logger: { level: 'silent' } }).log
  const gateway = await createGateway(
    checkValue(coreSchema, { shutdown: { delay: '0', timeout: '5s' } }).value as CoreConfig,
    { plugins: [], sources: [source, fixedFile(routesFile)], log }
  )
  t.after(() => gateway.stop())
  const { host } = gateway
  await eventually('the table', () =>
    host.status.sources.every(({ takenAt }) => takenAt !== undefined)
  )
  const { table, parts } = host
  const front = checkValue(proxyOptions, given).value as ProxyOptions
  const stage = await openVerifyStage({ table, parts, log, front, haproxy: 'haproxy' })
  t.after(() => stage.close())
  return stage
}

/** Stand-ins take the place of these addresses. */
function appOf({ id, labels, tasks }: StagedApp) {
  const running = Array.from({ length: tasks }, (_, at) =>
    memoryTask(`${id.slice(1)}.${at}`, '192.0.2.1', 31_000 + at)
  )
  return memoryApp(id, labels, running)
}

function fixedFile(text: string): Source {
  return {
    name: 'file',
    start: (sink) => sink.publish(parseRoutesFile('file', 'routes.yaml', text, 0)),
    refresh: () => undefined
  }
}
