import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { appBody, call, localMarathon, settled, startApp } from '../support/local-marathon.ts'

const simulated = { runner: 'simulated' } as const

test('a new app is 201 with Location, deployment id, counts and the normal form', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const body = appBody({ id: 'shop/api' })
  const { status, headers, json } = await call(url, '/v2/apps', { method: 'POST', body })
  assert.equal(status, 201)
  assert.equal(headers.get('location'), '/shop/api')
  assert.equal(headers.get('marathon-deployment-id'), json.deployments[0].id)
  assert.equal(json.id, '/shop/api')
  assert.equal(json.tasksRunning, 0)
  assert.equal(json.tasks, undefined)
  assert.equal(json.versionInfo, undefined)
  assert.deepEqual(json.networks, [{ mode: 'host' }])
  assert.equal(json.portDefinitions[0].port, 10_000)
})

test('every answer forbids caching and the leader names itself', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const { headers } = await call(url, '/v2/apps')
  assert.equal(headers.get('cache-control'), 'no-cache, no-store, must-revalidate')
  assert.equal(headers.get('x-marathon-leader'), url)
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
})

test('an app is found with one slash, two, and encoded ones', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { id: '/shop/api' })
  for (const path of ['/v2/apps/shop/api', '/v2/apps//shop/api', '/v2/apps/%2Fshop%2Fapi']) {
    const { json } = await call(url, path)
    assert.equal(json.app.id, '/shop/api', path)
    assert.equal(json.app.tasks.length, 1)
  }
  const { json } = await call(url, '/v2/apps/shop/*')
  assert.equal(json['*'][0].id, '/shop/api')
})

describe('refusals', () => {
  const cases = [
    { name: 'no JSON', body: '{', status: 400, message: 'Invalid JSON' },
    { name: 'no object', body: '[]', status: 400, message: 'Invalid JSON' },
    { name: 'id of a wrong type', body: { id: 1, cmd: 'x' }, status: 400, path: '/id' },
    {
      name: 'label of a wrong type',
      body: appBody({ labels: { a: 1 } }),
      status: 400,
      path: '/labels/a'
    },
    { name: 'id with capitals', body: appBody({ id: '/Shop' }), status: 422, path: '/id' },
    {
      name: 'reserved last segment',
      body: appBody({ id: '/shop/tasks' }),
      status: 422,
      path: '/id'
    },
    { name: 'nothing to run', body: { id: '/shop' }, status: 422, path: '/' },
    {
      name: 'negative instances',
      body: appBody({ instances: -1 }),
      status: 422,
      path: '/instances'
    },
    {
      name: 'capacity over 1',
      body: appBody({ upgradeStrategy: { minimumHealthCapacity: 2 } }),
      status: 422,
      path: '/upgradeStrategy/minimumHealthCapacity'
    },
    {
      name: 'image that is an option',
      body: { id: '/shop', container: { docker: { image: '--privileged' } } },
      status: 422,
      path: '/container/docker/image'
    },
    {
      name: 'check whose interval is no number',
      body: appBody({ healthChecks: [{ protocol: 'HTTP', intervalSeconds: 'x' }] }),
      status: 422,
      path: '/healthChecks(0)/intervalSeconds'
    },
    {
      name: 'check of a port that is not there',
      body: appBody({ healthChecks: [{ protocol: 'HTTP', portIndex: 3 }] }),
      status: 422,
      path: '/healthChecks(0)'
    }
  ]
  for (const c of cases) {
    it(`${c.name} is ${c.status}`, async (t) => {
      const { url } = await localMarathon(t, simulated)
      const { status, json } = await call(url, '/v2/apps', { method: 'POST', body: c.body })
      assert.equal(status, c.status)
      assert.equal(json.message, c.status === 400 ? 'Invalid JSON' : 'Object is not valid')
      if (c.path) assert.equal(json.details[0].path, c.path)
      assert.equal((await call(url, '/v2/apps')).json.apps.length, 0)
    })
  }

  it('an app that exists is 409, a missing one 404, another content type 415', async (t) => {
    const { url } = await localMarathon(t, simulated)
    await startApp(url)
    const again = await call(url, '/v2/apps', { method: 'POST', body: appBody() })
    assert.equal(again.status, 409)
    assert.deepEqual(again.json, { message: 'An app with id [/shop] already exists.' })
    const missing = await call(url, '/v2/apps/none')
    assert.equal(missing.status, 404)
    assert.deepEqual(missing.json, { message: "App '/none' does not exist" })
    const headers = { 'content-type': 'text/xml' }
    assert.equal(
      (await call(url, '/v2/apps', { method: 'POST', body: '<a/>', headers })).status,
      415
    )
  })

  it('an address outside the API is 500 URI not found', async (t) => {
    const { url } = await localMarathon(t, simulated)
    const { status, json } = await call(url, '/v2/nothing')
    assert.equal(status, 500)
    assert.deepEqual(json, { message: 'URI not found' })
  })
})

test('an app locked by a deployment is 409 with its id, and force overrides', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const healthChecks = [{ protocol: 'TCP', gracePeriodSeconds: 300, intervalSeconds: 1 }]
  const created = await call(url, '/v2/apps', { method: 'POST', body: appBody({ healthChecks }) })
  const body = { instances: 0 }
  const locked = await call(url, '/v2/apps/shop', { method: 'PUT', body })
  assert.equal(locked.status, 409)
  assert.deepEqual(locked.json.deployments, [{ id: created.headers.get('marathon-deployment-id') }])
  assert.match(locked.json.message, /^App is locked by one or more deployments/)
  const forced = await call(url, '/v2/apps/shop?force=true', { method: 'PUT', body })
  assert.equal(forced.status, 200)
  assert.ok(forced.json.deploymentId)
  await settled(url)
})

test('PUT patches by default, replaces with partialUpdate=false, creates what is missing', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { labels: { a: '1' }, mem: 64 })
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { labels: { b: '2' } } })
  await settled(url)
  const patched = (await call(url, '/v2/apps/shop')).json.app
  assert.deepEqual([patched.labels, patched.mem, patched.cmd], [{ b: '2' }, 64, 'sleep 1000'])
  assert.equal(patched.portDefinitions[0].port, 10_000)
  const path = '/v2/apps/shop?partialUpdate=false'
  await call(url, path, { method: 'PUT', body: { cmd: 'sleep 5' } })
  await settled(url)
  const replaced = (await call(url, '/v2/apps/shop')).json.app
  assert.deepEqual([replaced.labels, replaced.mem, replaced.cmd], [{}, 128, 'sleep 5'])
  const created = await call(url, '/v2/apps/new', { method: 'PUT', body: { cmd: 'sleep 5' } })
  assert.equal(created.status, 201)
  const patch = await call(url, '/v2/apps/none', { method: 'PATCH', body: { instances: 1 } })
  assert.equal(patch.status, 404)
})

test('a PUT that changes nothing has an empty deployment and restarts nothing', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url)
  const before = (await call(url, '/v2/apps/shop/tasks')).json.tasks[0].id
  const { status, json } = await call(url, '/v2/apps/shop', { method: 'PUT', body: { mem: 16 } })
  assert.equal(status, 200)
  assert.ok(json.deploymentId)
  await settled(url)
  assert.equal((await call(url, '/v2/apps/shop/tasks')).json.tasks[0].id, before)
})

test('a new label restarts tasks, other instances do not', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { instances: 2 })
  const ids = async () =>
    (await call(url, '/v2/apps/shop')).json.app.tasks.map((task: { id: string }) => task.id)
  const first = await ids()
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 3 } })
  await settled(url)
  const second = await ids()
  assert.equal(second.length, 3)
  assert.ok(first.every((id: string) => second.includes(id)))
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { labels: { a: 'b' } } })
  await settled(url)
  const third = await ids()
  assert.equal(third.length, 3)
  assert.ok(third.every((id: string) => !second.includes(id)))
})

test('an array of apps is one deployment', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const body = [appBody({ id: '/a' }), appBody({ id: '/b' })]
  const { status } = await call(url, '/v2/apps', { method: 'PUT', body })
  assert.equal(status, 200)
  await settled(url)
  assert.equal((await call(url, '/v2/apps')).json.apps.length, 2)
})

test('versions list every definition, and a version alone brings it back', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { mem: 16 })
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { mem: 32 } })
  await settled(url)
  const { versions } = (await call(url, '/v2/apps/shop/versions')).json
  assert.equal(versions.length, 2)
  const oldest = versions.at(-1)
  assert.equal((await call(url, `/v2/apps/shop/versions/${oldest}`)).json.mem, 16)
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { version: oldest } })
  await settled(url)
  assert.equal((await call(url, '/v2/apps/shop')).json.app.mem, 16)
})

describe('filters of the list', () => {
  const cases = [
    { query: 'id=api', expect: ['/shop/api'] },
    { query: 'cmd=SLEEP%202', expect: ['/web'] },
    { query: 'label=tier', expect: ['/shop/api', '/web'] },
    { query: 'label=tier%3D%3Dfront', expect: ['/web'] },
    { query: 'label=tier!%3Dfront', expect: ['/shop/api', '/plain'] },
    { query: 'label=tier%20in%20(front,%20back)', expect: ['/shop/api', '/web'] },
    { query: 'label=tier%20notin%20(front)', expect: ['/shop/api', '/plain'] },
    { query: 'label=tier,tier%3D%3Dback', expect: ['/shop/api'] },
    { query: 'label=a%5C%2Fb%3D%3Dc%5C%20d', expect: ['/plain'] }
  ]
  for (const c of cases) {
    it(c.query, async (t) => {
      const { url } = await localMarathon(t, simulated)
      await startApp(url, { id: '/shop/api', labels: { tier: 'back' } })
      await startApp(url, { id: '/web', cmd: 'sleep 2000', labels: { tier: 'front' } })
      await startApp(url, { id: '/plain', labels: { 'a/b': 'c d' } })
      const { json } = await call(url, `/v2/apps?${c.query}`)
      assert.deepEqual(
        json.apps.map((app: { id: string }) => app.id),
        c.expect
      )
    })
  }
})

test('embeds add tasks, readiness and last failure; the list always has counts', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, { instances: 2, healthChecks: [{ protocol: 'HTTP', path: '/' }] })
  const plain = (await call(url, '/v2/apps')).json.apps[0]
  assert.deepEqual([plain.tasks, plain.tasksRunning, plain.tasksHealthy], [undefined, 2, 2])
  assert.deepEqual(plain.deployments, [])
  const full = (await call(url, '/v2/apps?embed=apps.tasks&embed=apps.readiness')).json.apps[0]
  assert.equal(full.tasks.length, 2)
  assert.equal(full.tasks[0].healthCheckResults[0].alive, true)
  assert.deepEqual(full.readinessCheckResults, [])
})

test('a destroyed app is gone, with instances 0 it stays', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url)
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 0 } })
  await settled(url)
  assert.deepEqual((await call(url, '/v2/apps/shop')).json.app.tasks, [])
  assert.equal((await call(url, '/v2/apps/shop', { method: 'DELETE' })).status, 200)
  await settled(url)
  assert.equal((await call(url, '/v2/apps/shop')).status, 404)
  assert.equal((await call(url, '/v2/apps/shop', { method: 'DELETE' })).status, 404)
})
