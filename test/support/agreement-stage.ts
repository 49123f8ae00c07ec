import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import fastify from 'fastify'
import { checkValue } from '../../src/gateway/config/check-value.ts'
import { type CoreConfig, coreSchema } from '../../src/gateway/config/core-schema.ts'
import { createGateway } from '../../src/gateway/create-gateway.ts'
import type { Table } from '../../src/gateway/model/table.ts'
import type { Source } from '../../src/gateway/source.ts'
import { parseRoutesFile } from '../../src/plugins/file/parse-file.ts'
import type { Sighting } from '../../src/plugins/haproxy/agreement/compare.ts'
import type { WireAnswer } from '../../src/plugins/haproxy/agreement/wire-client.ts'
import { proxyPlugin } from '../../src/plugins/proxy/index.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../src/testing/memory-source.ts'

/** An app of an agreement test. */
export interface StagedApp {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly tasks: number
}

/** A proxy plane in front of tasks that tell what they saw, and the table that it serves. */
export interface AgreementStage {
  readonly port: number
  readonly table: Table
}

/** Until the test ends. */
export async function stageProxyPlane(
  t: TestContext,
  apps: readonly StagedApp[],
  routesFile: string
): Promise<AgreementStage> {
  const source = createMemorySource('marathon')
  const gateway = await createGateway(
    checkValue(coreSchema, { shutdown: { delay: '0', timeout: '5s' } }).value as CoreConfig,
    {
      plugins: [{ plugin: proxyPlugin, options: { host: '127.0.0.1', port: 0 } }],
      sources: [source, fixedFile(routesFile)],
      log: fastify({ logger: { level: 'silent' } }).log
    }
  )
  t.after(() => gateway.stop())
  const staged = await Promise.all(
    apps.map(async ({ id, labels, tasks }) => {
      const ports = await Promise.all(
        Array.from({ length: tasks }, () => startSeeingTask(t, `marathon:${id}:0`))
      )
      const running = ports.map((port, at) => memoryTask(`${id.slice(1)}.${at}`, '127.0.0.1', port))
      return memoryApp(id, labels, running)
    })
  )
  source.publish(staged)
  // The table follows in the same turn of the event loop.
  await new Promise(setImmediate)
  const port = gateway.addresses.find(({ name }) => name === 'front door')?.port ?? 0
  return { port, table: gateway.host.table }
}

function fixedFile(text: string): Source {
  return {
    name: 'file',
    start: (sink) => sink.publish(parseRoutesFile('file', 'routes.yaml', text, 0)),
    refresh: () => undefined
  }
}

const SEEN = 'x-seen'

/** A header rather than the body tells it, so that answers to HEAD do, too. */
async function startSeeingTask(t: TestContext, service: string): Promise<number> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const { method, url, rawHeaders } = req
      const body = Buffer.concat(chunks).toString('latin1')
      const seen = JSON.stringify({ service, method, url, rawHeaders, body })
      res.setHeader(SEEN, Buffer.from(seen).toString('base64'))
      res.end('seen')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** Of one connection, which is not the same for two planes. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['x-forwarded-port', 'connection'])

/** What a task of the stage saw. */
export function readSighting({ head }: WireAnswer): Sighting | undefined {
  const encoded = new RegExp(`^${SEEN}: (\\S+)`, 'im').exec(head)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const { service, method, url, rawHeaders, body } = JSON.parse(text)
  const fields = pairs(rawHeaders).filter(([name]) => !OWN_FIELDS.has(name.toLowerCase()))
  return { service, method, target: url, fields: [...fields, ['(body)', body]] }
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : []
  )
}
