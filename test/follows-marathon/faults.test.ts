import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followMarathon, myapp } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, settled, startApp } from '../support/local-marathon.ts'

const HOST = 'myapp.local'

async function runningCluster(t: Parameters<typeof localMarathon>[0]) {
  const marathon = await localMarathon(t)
  await startApp(marathon.url, myapp())
  // An answer that never comes is given up soon, so that the end of the fault is noticed.
  const gateway = await followMarathon(t, [marathon.url], { requestTimeoutMs: 2000 })
  await eventually('both tasks answer', async () => (await gateway.addresses(HOST)).length === 2)
  return { marathon, gateway }
}

for (const fault of [
  'html502',
  'html503',
  'empty200',
  'truncated',
  'hang',
  'reset',
  401,
  500
] as const) {
  test(`traffic goes on while every answer of Marathon is ${fault}`, async (t) => {
    const { marathon, gateway } = await runningCluster(t)
    const faultyFrom = Date.now()
    marathon.faults.answer = fault
    for (let i = 0; i < 5; i++) {
      gateway.gateway.host.refresh('test')
      assert.equal((await gateway.get(HOST)).status, 200)
    }
    const { takenAt = Number.POSITIVE_INFINITY } = gateway.gateway.host.status.sources[0] ?? {}
    assert.ok(takenAt <= faultyFrom, 'the table keeps its age')
    marathon.faults.answer = undefined
    await call(marathon.url, '/v2/apps/myapp', { method: 'PUT', body: { instances: 3 } })
    await eventually('it follows again', async () => (await gateway.addresses(HOST)).length === 3)
  })
}

test('a leader change that wipes health results takes no task out', async (t) => {
  const { marathon, gateway } = await runningCluster(t)
  marathon.faults.dropHealth = true
  marathon.faults.leaderChange()
  const before = gateway.gateway.host.status.sources[0]?.takenAt ?? 0
  await eventually('it read again', () => {
    gateway.gateway.host.refresh('test')
    return (gateway.gateway.host.status.sources[0]?.takenAt ?? 0) > before
  })
  assert.equal((await gateway.addresses(HOST)).length, 2)
})

test('a read that lags behind its event never puts a killed task back', async (t) => {
  const { marathon, gateway } = await runningCluster(t)
  const { json } = await call(marathon.url, '/v2/apps/myapp/tasks')
  const [victim] = json.tasks as { id: string; host: string }[]
  assert.ok(victim !== undefined)
  marathon.faults.snapshotLag = true
  await call(marathon.url, `/v2/apps/myapp/tasks/${victim.id}?scale=true`, { method: 'DELETE' })
  await eventually('the killed task is out', async () => {
    return !(await gateway.addresses(HOST, 6)).includes(victim.host)
  })
  for (let i = 0; i < 5; i++) {
    gateway.gateway.host.refresh('test')
    assert.ok(!(await gateway.addresses(HOST, 6)).includes(victim.host))
  }
  marathon.faults.snapshotLag = false
  await settled(marathon.url)
  assert.ok(!(await gateway.addresses(HOST, 6)).includes(victim.host))
})

test('a standby node serves as well as the leader, and a dead node is passed over', async (t) => {
  const leader = await localMarathon(t)
  const standby = await localMarathon(t, { standbyOf: leader })
  await startApp(leader.url, myapp())
  const gateway = await followMarathon(t, ['http://127.0.0.1:9', standby.url, leader.url])
  await eventually('both tasks answer', async () => (await gateway.addresses(HOST)).length === 2)
  await call(leader.url, '/v2/apps/myapp', { method: 'PUT', body: { instances: 3 } })
  await eventually('the third answers', async () => (await gateway.addresses(HOST)).length === 3)
})

test('without events the refresh alone brings changes', async (t) => {
  const marathon = await localMarathon(t)
  await startApp(marathon.url, myapp())
  const gateway = await followMarathon(t, [marathon.url], { events: false })
  await call(marathon.url, '/v2/apps/myapp', { method: 'PUT', body: { instances: 3 } })
  await eventually('the third answers', async () => {
    gateway.gateway.host.refresh('test')
    return (await gateway.addresses(HOST)).length === 3
  })
})
