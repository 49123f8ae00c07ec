import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { followMarathon } from '../support/cluster.ts'
import { startEchoTasks } from '../support/echo-tasks.ts'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, settled, startApp } from '../support/local-marathon.ts'

const APPS = ['/a', '/b', '/c']

/** Three apps with two tasks each, read when the test asks for it. */
async function threeApps(t: TestContext) {
  const names = Array.from({ length: 6 }, (_, at) => `task-${at}`)
  const ports = [...(await startEchoTasks(t, names)).values()]
  const marathon = await localMarathon(t, {
    runner: 'simulated',
    simulatedAddress: (_app, number) => ({ host: '127.0.0.1', ports: [ports[number % 6] ?? 0] })
  })
  for (const id of APPS) {
    await startApp(marathon.url, { id, instances: 2, portDefinitions: [{ port: 0 }] })
  }
  const settings = { events: false, lossConfirmMs: 60_000 }
  const { gateway, get } = await followMarathon(t, [marathon.url], settings)
  const status = () => gateway.host.status.sources[0]
  return {
    ...{ marathon, gateway, status },
    code: async (host: string) => (await get(host)).status,
    endpoints: (id: string) =>
      gateway.host.table.services.get(`marathon:${id}:0`)?.endpoints.length,
    /** One read. */
    async read() {
      const before = status()?.takenAt ?? 0
      await eventually('it is read', () => {
        gateway.host.refresh('test')
        return (status()?.takenAt ?? 0) > before
      })
    }
  }
}

test('without events, an app that is deleted is gone with the next read', async (t) => {
  const { marathon, read, code, status } = await threeApps(t)
  await call(marathon.url, '/v2/apps/a', { method: 'DELETE' })
  await settled(marathon.url)
  await read()
  assert.deepEqual([await code('a.local'), await code('b.local')], [404, 200])
  assert.equal(status()?.held, undefined)
})

test('without events, an app that is scaled down has fewer tasks with the next read', async (t) => {
  const { marathon, read, endpoints, status } = await threeApps(t)
  await call(marathon.url, '/v2/apps/a', { method: 'PUT', body: { instances: 1 } })
  await call(marathon.url, '/v2/apps/b', { method: 'PUT', body: { instances: 0 } })
  await settled(marathon.url)
  await read()
  assert.deepEqual(APPS.map(endpoints), [1, 0, 2])
  assert.equal(status()?.held, undefined)
})

test('what is held goes when an operator lets it go', async (t) => {
  const { marathon, read, code, status, gateway } = await threeApps(t)
  for (const id of ['/a', '/b']) marathon.faults.hideApp(id)
  await read()
  assert.deepEqual([await code('a.local'), await code('c.local')], [200, 200])
  const { appCount, taskCount } = status()?.held ?? {}
  assert.deepEqual([appCount, taskCount], [2, 4])
  const { sources } = await gateway.host.readStats()
  assert.deepEqual([sources?.['heldApps'], sources?.['heldTasks']], [2, 4])
  assert.deepEqual(gateway.host.letGo(), ['marathon'])
  await eventually('it is gone', async () => (await code('a.local')) === 404)
  assert.equal(status()?.held, undefined)
  assert.deepEqual(gateway.host.letGo(), [])
})
