import assert from 'node:assert/strict'
import test from 'node:test'
import fastify from 'fastify'
import supertest from 'supertest'
import { checkValue } from '../../../src/gateway/config/check-value.ts'
import { type CoreConfig, coreSchema } from '../../../src/gateway/config/core-schema.ts'
import { createGateway } from '../../../src/gateway/create-gateway.ts'
import type { SourceSink } from '../../../src/gateway/source.ts'
import { healthPlugin } from '../../../src/plugins/health/index.ts'
import { createTestGateway } from '../../../src/testing/create-test-gateway.ts'

/** A gateway with health checks on an address of their own, and a source that waits. */
async function startHealth(shutdown: object = { delay: '0', timeout: '5s' }) {
  let sink: SourceSink | undefined
  const config = checkValue(coreSchema, { shutdown }).value as CoreConfig
  const gateway = await createGateway(config, {
    plugins: [{ plugin: healthPlugin, options: { listen: '127.0.0.1:0' } }],
    sources: [
      {
        name: 'slow',
        refresh: () => undefined,
        start: (given) => {
          sink = given
        }
      }
    ],
    log: fastify({ logger: { level: 'silent' } }).log
  })
  const address = gateway.addresses.find(({ name }) => name === 'health checks')
  const nothing = { apps: [], routes: [], services: [], overrides: [], problems: [] }
  return {
    gateway,
    health: supertest(`http://127.0.0.1:${address?.port}`),
    async publish(takenAt: number) {
      sink?.publish({ source: 'slow', takenAt, ...nothing })
      await new Promise(setImmediate)
    },
    fail: (reason: string) => sink?.failed(reason)
  }
}

test('/readyz is 503 before the first table, 200 with its age afterwards', async (t) => {
  const { gateway, health, publish, fail } = await startHealth()
  t.after(() => gateway.stop())
  await health.get('/healthz').expect(200, { status: 'alive' })
  await health.get('/readyz').expect(503, {
    status: 'no table yet',
    sources: [{ source: 'slow', ageSeconds: null, failure: null, stale: false, heldTasks: 0 }]
  })
  await publish(Date.now() - 60_000)
  fail('Marathon is away')
  const { body } = await health.get('/readyz').expect(200)
  assert.equal(body.status, 'ready')
  const [{ ageSeconds, ...source }] = body.sources
  const well = { stale: false, heldTasks: 0 }
  assert.deepEqual(source, { source: 'slow', failure: 'Marathon is away', ...well })
  assert.ok(ageSeconds >= 60 && ageSeconds < 120)
})

test('the address for health checks serves nothing else', async (t) => {
  const { gateway, health } = await startHealth()
  t.after(() => gateway.stop())
  for (const path of ['/', '/routes', '/explain', '/marathon/', '/healthz/x']) {
    await health.get(path).expect(404)
  }
})

test('while the gateway stops, /readyz is 503 and /healthz is 200', async () => {
  const { gateway, health, publish } = await startHealth({ delay: '1s', timeout: '5s' })
  await publish(Date.now())
  await health.get('/readyz').expect(200)
  const stopped = gateway.stop()
  const { body } = await health.get('/readyz').expect(503)
  assert.equal(body.status, 'stopping')
  await health.get('/healthz').expect(200)
  await stopped
  await assert.rejects(async () => health.get('/healthz'), /ECONNREFUSED/)
})

for (const listen of ['9091x', 'a b:1', 'http://a:1', ':']) {
  test(`health.listen ${listen} is refused in one sentence`, async () => {
    const start = createTestGateway({ plugins: [{ plugin: healthPlugin, options: { listen } }] })
    await assert.rejects(start, {
      message: /^options of plugin health: listen: must be empty, a port/
    })
  })
}
