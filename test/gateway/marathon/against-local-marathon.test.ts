import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import test from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { call, localMarathon, startApp } from '../../support/local-marathon.ts'
import { startSource } from '../../support/marathon-source.ts'
import type { RecordingSink } from '../../support/recording-sink.ts'

const simulated = { runner: 'simulated' } as const

for (const apiVersion of ['1.4', '1.5', '1.8'] as const) {
  test(`Marathon ${apiVersion}: start, scale, kill and end of an app are seen`, async (t) => {
    const marathon = await localMarathon(t, { ...simulated, apiVersion })
    const { sink } = startSource(t, { urls: [marathon.url] })
    await eventually('an empty snapshot', () => sink.snapshots.length > 0)
    await startApp(marathon.url, { id: '/shop/web', instances: 2 })
    await eventually('two tasks', () => running(sink).length === 2)
    const app = sink.app('/shop/web')
    assert.equal(app?.networkMode, 'host')
    assert.equal(app?.ports.length, app?.tasks[0]?.ports.length)

    const [victim = ''] = running(sink)
    await call(marathon.url, `/v2/apps//shop/web/tasks/${victim}`, { method: 'DELETE' })
    await eventually('the end of the task', () => sink.ending.includes(victim))
    await eventually(
      'a task in its place',
      () => running(sink).length === 2 && !running(sink).includes(victim)
    )
    await call(marathon.url, '/v2/apps//shop/web', { method: 'DELETE' })
    await eventually('the end of the app', () => sink.last()?.apps.length === 0)
    assert.deepEqual(sink.last()?.problems, [])
    assert.deepEqual(sink.failures, [])
  })
}

test('a change of leader is followed: 302 to the new one, and nothing is lost', async (t) => {
  const first = await localMarathon(t, simulated)
  const second = await localMarathon(t, { standbyOf: first })
  const { sink } = startSource(t, { urls: [first.url, second.url] })
  await startApp(first.url, { id: '/before' })
  await eventually('the first app', () => sink.app('/before') !== undefined)
  first.faults.leaderChange()
  await startApp(second.url, { id: '/after' })
  await eventually('the second app', () => sink.app('/after') !== undefined)
  assert.notEqual(sink.app('/before'), undefined)
})

test('several objects in one event and heartbeats in two pieces change nothing', async (t) => {
  const marathon = await localMarathon(t, { ...simulated, heartbeatMs: 20 })
  marathon.faults.splitHeartbeat = true
  marathon.faults.severalJsonPerEvent = true
  const { sink } = startSource(t, { urls: [marathon.url] })
  await startApp(marathon.url, { id: '/web' })
  await eventually('a task', () => running(sink, '/web').length === 1)
  const [victim = ''] = running(sink, '/web')
  await call(marathon.url, `/v2/apps//web/tasks/${victim}`, { method: 'DELETE' })
  await eventually('the end of the task', () => sink.ending.includes(victim))
})

test('lost events are made up for by refresh', async (t) => {
  const marathon = await localMarathon(t, { ...simulated, heartbeatMs: 50 })
  const { sink, source } = startSource(t, { urls: [marathon.url] })
  await eventually('an open stream', () => sink.snapshots.length >= 2)
  marathon.faults.heartbeatOnly = true
  await startApp(marathon.url, { id: '/web' })
  source.refresh('cron')
  await eventually('the task', () => running(sink, '/web').length === 1)
})

test('a service account works against the login of a cluster', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const marathon = await localMarathon(t, { ...simulated, acs: { uid: 'gw', publicKey: pem } })
  const { sink } = startSource(t, {
    urls: [marathon.url],
    credentials: {
      kind: 'service-account',
      uid: 'gw',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      loginEndpoint: `${marathon.url}/acs/api/v1/auth/login`
    }
  })
  await eventually('a snapshot', () => sink.snapshots.length > 0)
  assert.deepEqual(sink.failures, [])
})

function running(sink: RecordingSink, id = '/shop/web'): readonly string[] {
  const tasks = sink.app(id)?.tasks ?? []
  return tasks.filter((task) => task.state === 'TASK_RUNNING').map((task) => task.id)
}
