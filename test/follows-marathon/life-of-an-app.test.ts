import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followMarathon, myapp } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, startApp } from '../support/local-marathon.ts'

const HOST = 'myapp.local'

test('an app answers by its host, is scaled, destroyed, and then unknown', async (t) => {
  const marathon = await localMarathon(t)
  await startApp(marathon.url, myapp())
  const gateway = await followMarathon(t, [marathon.url])
  await eventually('both tasks answer', async () => (await gateway.addresses(HOST)).length === 2)

  await call(marathon.url, '/v2/apps/myapp', { method: 'PUT', body: { instances: 5 } })
  await eventually('five tasks answer', async () => (await gateway.addresses(HOST)).length === 5)

  const codes: string[] = []
  await call(marathon.url, '/v2/apps/myapp', { method: 'DELETE' })
  const last = await eventually('the host is unknown', async () => {
    const { status, code } = await gateway.get(HOST)
    codes.push(`${status} ${code}`.trim())
    return status === 404 && code
  })
  assert.equal(last, 'GW_NO_ROUTE')
  const seen = codes.filter((code, i) => code !== codes[i - 1])
  assert.deepEqual(seen.slice(-2), ['503 GW_NO_ENDPOINT', '404 GW_NO_ROUTE'], seen.join(', '))
  assert.ok(seen.length <= 3, `no way back: ${seen.join(', ')}`)
})

test('a suspended app is 503, never 404', async (t) => {
  const marathon = await localMarathon(t)
  await startApp(marathon.url, myapp())
  const gateway = await followMarathon(t, [marathon.url])
  await call(marathon.url, '/v2/apps/myapp', { method: 'PUT', body: { instances: 0 } })
  await eventually('it is suspended', async () => {
    const { status, code } = await gateway.get(HOST)
    assert.notEqual(status, 404)
    return code === 'GW_NO_ENDPOINT'
  })
})

test('a rolling restart loses no request', async (t) => {
  const marathon = await localMarathon(t)
  await startApp(marathon.url, myapp())
  const gateway = await followMarathon(t, [marathon.url])
  await eventually('both tasks answer', async () => (await gateway.addresses(HOST)).length === 2)
  const before = await gateway.addresses(HOST)

  const statuses = new Map<number, number>()
  let restarting = true
  const asking = (async () => {
    while (restarting) {
      const { status } = await gateway.get(HOST)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  })()
  await call(marathon.url, '/v2/apps/myapp/restart', { method: 'POST' })
  await eventually('new tasks have replaced the old ones', async () => {
    const { json } = await call(marathon.url, '/v2/deployments')
    const after = await gateway.addresses(HOST)
    return json.length === 0 && after.length === 2 && after.every((one) => !before.includes(one))
  })
  restarting = false
  await asking
  assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]))
})
