import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startBlackHole } from '../support/black-hole.ts'
import { followMarathon } from '../support/cluster.ts'
import { startEchoTasks } from '../support/echo-tasks.ts'
import { eventually } from '../support/eventually.ts'
import { localMarathon, settled, startApp } from '../support/local-marathon.ts'
import { tempFolder } from '../support/temp-folder.ts'

const HOST = 'shop.local'
/** A Marathon that does not answer is not what the start waits for. */
const NO_HURRY = { connectTimeoutMs: 60_000, requestTimeoutMs: 60_000 }

/** A state file that a gateway left behind, and the ports of the tasks in it. */
async function leftBehind(t: TestContext) {
  const ports = [...(await startEchoTasks(t, ['one', 'two'])).values()]
  const marathon = await localMarathon(t, {
    runner: 'simulated',
    simulatedAddress: (_app, number) => ({ host: '127.0.0.1', ports: [ports[number] ?? 0] })
  })
  const labels = { 'gateway.timeout.connect': '20s' }
  const portDefinitions = [{ port: 0, protocol: 'tcp' }]
  await startApp(marathon.url, { instances: 2, portDefinitions, labels })
  await settled(marathon.url)
  const file = join(await tempFolder(t), 'state.json')
  const { gateway } = await followMarathon(t, [marathon.url], {}, { state: { file } })
  const takenAt = gateway.host.status.sources[0]?.takenAt
  assert.equal(gateway.host.status.sources[0]?.stale, false)
  await gateway.stop()
  return { marathon, file, ports, takenAt }
}

async function startFrom(t: TestContext, url: string, file: string) {
  const gateway = await followMarathon(t, [url], NO_HURRY, { state: { file } })
  const status = () => gateway.gateway.host.status.sources[0]
  return { ...gateway, status }
}

test('a gateway that starts while Marathon is away serves what the last one knew, and says so', async (t) => {
  const { marathon, file, takenAt } = await leftBehind(t)
  const { port } = marathon
  await marathon.close()
  const { get, status, gateway } = await startFrom(t, `http://127.0.0.1:${port}`, file)
  assert.equal((await get(HOST)).status, 200)
  assert.deepEqual([status()?.stale, status()?.takenAt], [true, takenAt])
  assert.match(status()?.failure ?? '', /refused/)
  const { sources } = await gateway.host.readStats()
  assert.deepEqual([sources?.['stale'], sources?.['failing']], [1, 1])
})

test('nor does it wait for a Marathon that takes connections and never answers', async (t) => {
  const { marathon, file } = await leftBehind(t)
  marathon.faults.answer = 'hang'
  const { get, status } = await startFrom(t, marathon.url, file)
  assert.equal((await get(HOST)).status, 200)
  assert.equal(status()?.stale, true)
})

test('what Marathon says takes the place of the state file as soon as it answers', async (t) => {
  const { marathon, file, takenAt = 0 } = await leftBehind(t)
  marathon.faults.answer = 503
  const { status, gateway } = await startFrom(t, marathon.url, file)
  assert.equal(status()?.stale, true)
  marathon.faults.answer = undefined
  await eventually('Marathon is read', () => {
    gateway.host.refresh('test')
    return status()?.stale === false
  })
  assert.ok((status()?.takenAt ?? 0) > takenAt)
  const services = [...gateway.host.table.services.values()]
  assert.deepEqual(
    services.flatMap(({ endpoints }) => endpoints.map(({ unproven }) => unproven)),
    [undefined, undefined]
  )
})

test('a task of the state file that is a black hole costs its first request a second, whatever connections may take', async (t) => {
  const { marathon, file, ports } = await leftBehind(t)
  await marathon.close()
  const hole = await startBlackHole()
  t.after(() => hole.close())
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -2)
  const body = `${lines.join('\n')}\n`.replace(`"ports":[${ports[0]}]`, `"ports":[${hole.port}]`)
  const sha256 = createHash('sha256').update(body).digest('hex')
  await writeFile(file, `${body}${JSON.stringify({ sha256 })}\n`)
  const { get } = await startFrom(t, `http://127.0.0.1:${marathon.port}`, file)
  const begin = performance.now()
  for (let asks = 0; asks < 2; asks++) assert.equal((await get(HOST)).status, 200)
  const ms = performance.now() - begin
  assert.ok(ms > 900 && ms < 10_000, `${ms} ms`)
})
