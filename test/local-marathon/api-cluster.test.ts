import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import {
  appBody,
  call,
  localMarathon,
  recordEvents,
  settled,
  startApp
} from '../support/local-marathon.ts'

const simulated = { runner: 'simulated' } as const

test('info, leader, ping and metrics answer as a node that leads', async (t) => {
  const { url, port } = await localMarathon(t, simulated)
  const info = (await call(url, '/v2/info')).json
  assert.deepEqual(
    [info.name, info.version, info.elected, info.leader],
    ['marathon', '1.8.244', true, `127.0.0.1:${port}`]
  )
  assert.equal(info.http_config.http_port, port)
  assert.deepEqual((await call(url, '/v2/leader')).json, { leader: `127.0.0.1:${port}` })
  assert.equal((await call(url, '/metrics')).status, 200)
  assert.equal((await call(url, '/ping')).text, 'pong')
  const asJson = await call(url, '/ping', { headers: { accept: 'application/json' } })
  assert.equal(asJson.json, 'pong')
  assert.equal((await call(url, '/ping', { headers: { accept: 'image/png' } })).status, 204)
  assert.equal((await call(url, '/v2/pods', { method: 'HEAD' })).status, 404)
})

test('the root leads to a page for people', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const root = await call(url, '/')
  assert.deepEqual([root.status, root.headers.get('location')], [302, '/ui/'])
  const page = await call(url, '/ui/')
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(page.text, /<h1>Local Marathon<\/h1>/)
})

test('an abdicating leader says so and closes the streams a moment later', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const stream = await recordEvents(t, url)
  const { json } = await call(url, '/v2/leader', { method: 'DELETE' })
  assert.deepEqual(json, { message: 'Leadership abdicated' })
  await eventually('the stream ends', () => stream.closed)
})

test('large answers are compressed when the client asks', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { instances: 20 })
  const { headers, json } = await call(url, '/v2/apps?embed=apps.tasks', {
    headers: { 'accept-encoding': 'gzip' }
  })
  assert.equal(headers.get('content-encoding'), 'gzip')
  assert.equal(json.apps[0].tasks.length, 20)
})

test('a deployment is listed while it runs; force stops it where it stands', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const body = appBody({ healthChecks: [{ protocol: 'TCP', gracePeriodSeconds: 300 }] })
  await call(url, '/v2/apps', { method: 'POST', body })
  const running = await eventually('the second step', async () => {
    const [deployment] = (await call(url, '/v2/deployments')).json
    return deployment.currentStep === 2 && deployment
  })
  assert.deepEqual(running.affectedApps, ['/shop'])
  assert.equal(running.totalSteps, 2)
  assert.deepEqual(running.steps, [
    { actions: [{ action: 'StartApplication', app: '/shop' }] },
    { actions: [{ action: 'ScaleApplication', app: '/shop' }] }
  ])
  const stream = await recordEvents(t, url)
  const path = `/v2/deployments/${running.id}`
  const stopped = await call(url, `${path}?force=true`, { method: 'DELETE' })
  assert.deepEqual([stopped.status, stopped.text], [202, ''])
  assert.deepEqual((await call(url, '/v2/deployments')).json, [])
  const failed = await eventually('its event', () =>
    stream.events.find((event) => event.eventType === 'deployment_failed')
  )
  assert.equal(failed['id'], running.id)
  const gone = await call(url, path, { method: 'DELETE' })
  assert.deepEqual(gone.json, { message: `DeploymentPlan ${running.id} does not exist` })
})

test('the rollback of a new app removes it', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const body = appBody({ healthChecks: [{ protocol: 'TCP', gracePeriodSeconds: 300 }] })
  const created = await call(url, '/v2/apps', { method: 'POST', body })
  const [{ id }] = created.json.deployments
  assert.equal((await call(url, `/v2/deployments/${id}`, { method: 'DELETE' })).status, 200)
  await settled(url)
  assert.equal((await call(url, '/v2/apps/shop')).status, 404)
})

test('tasks are listed as JSON with service ports, as text for those who ask', async (t) => {
  const { url } = await localMarathon(t, {
    ...simulated,
    simulatedAddress: (_app, number) => ({ host: `10.0.0.${number}`, ports: [31_000] })
  })
  await startApp(url, { id: '/shop/api', instances: 2 })
  await startApp(url, { id: '/quiet', portDefinitions: [] })
  const { tasks } = (await call(url, '/v2/tasks')).json
  assert.equal(tasks.length, 3)
  assert.deepEqual(tasks[0].servicePorts, [10_000])
  assert.deepEqual((await call(url, '/v2/tasks?status=staging')).json.tasks, [])
  assert.equal((await call(url, '/v2/tasks?status=running')).json.tasks.length, 3)
  const { text } = await call(url, '/v2/tasks', { headers: { accept: 'text/plain' } })
  assert.equal(text, 'shop_api\t10000\t10.0.0.0:31000\t10.0.0.1:31000\t\nquiet\t \t10.0.0.2\t\n')
})

test('killing tasks replaces them, with scale they stay away, with both options it is 400', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { instances: 3 })
  const ids = async () =>
    (await call(url, '/v2/apps/shop/tasks')).json.tasks.map((task: { id: string }) => task.id)
  const [first, second] = await ids()
  const both = await call(url, '/v2/apps/shop/tasks?scale=true&wipe=true', { method: 'DELETE' })
  assert.equal(both.status, 400)
  assert.match(both.json.message, /scale and wipe at the same time/)
  const killed = await call(url, `/v2/apps/shop/tasks/${first}`, { method: 'DELETE' })
  assert.equal(killed.json.task.id, first)
  await eventually('a new one', async () => {
    const now = await ids()
    return now.length === 3 && !now.includes(first)
  })
  const body = { ids: [second, 'shop.instance-unknown._app.1'] }
  const scaled = await call(url, '/v2/tasks/delete?scale=true', { method: 'POST', body })
  assert.ok(scaled.json.deploymentId)
  await settled(url)
  assert.equal((await ids()).length, 2)
  assert.equal((await call(url, '/v2/apps/shop')).json.app.instances, 2)
  const malformed = await call(url, '/v2/tasks/delete', { method: 'POST', body: { ids: ['x'] } })
  assert.equal(malformed.status, 400)
  assert.match(malformed.json.message, /^Invalid task id 'x'/)
  const none = await call(url, '/v2/apps/shop/tasks/none', { method: 'DELETE' })
  assert.deepEqual(none.json, { message: "Task 'none' does not exist" })
  const all = await call(url, '/v2/apps/shop/tasks', { method: 'DELETE' })
  assert.equal(all.json.tasks.length, 2)
})

test('tasks of one host are killed alone', async (t) => {
  const { url } = await localMarathon(t, {
    ...simulated,
    simulatedAddress: (_app, number) => ({ host: `10.0.0.${number}`, ports: [80] })
  })
  await startApp(url, { instances: 2 })
  const path = '/v2/apps/shop/tasks?host=10.0.0.1'
  const { tasks } = (await call(url, path, { method: 'DELETE' })).json
  assert.deepEqual(
    tasks.map((task: { host: string }) => task.host),
    ['10.0.0.1']
  )
})

test('groups are a tree of apps and can be created, scaled and destroyed', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const body = {
    id: '/shop',
    apps: [{ id: 'web', cmd: 'sleep 1000' }],
    groups: [{ id: 'inner', apps: [{ id: 'api', cmd: 'sleep 1000', instances: 2 }] }]
  }
  assert.equal((await call(url, '/v2/groups', { method: 'POST', body })).status, 201)
  await settled(url)
  const root = (await call(url, '/v2/groups')).json
  assert.equal(root.groups[0].id, '/shop')
  assert.equal(root.groups[0].apps[0].id, '/shop/web')
  assert.equal(root.groups[0].groups[0].apps[0].id, '/shop/inner/api')
  const again = await call(url, '/v2/groups', { method: 'POST', body })
  assert.deepEqual(
    [again.status, again.json.message],
    [409, 'Group /shop is already created. Use PUT to change this group.']
  )
  await call(url, '/v2/groups/shop/inner', { method: 'PUT', body: { scaleBy: 2 } })
  await settled(url)
  assert.equal((await call(url, '/v2/apps/shop/inner/api')).json.app.instances, 4)
  assert.equal((await call(url, '/v2/groups/none')).status, 404)
  assert.equal((await call(url, '/v2/groups/shop', { method: 'DELETE' })).status, 200)
  await settled(url)
  assert.deepEqual((await call(url, '/v2/apps')).json.apps, [])
})
