import assert from 'node:assert/strict'
import test from 'node:test'
import { headerResolver } from '../../examples/plugins/header-resolver.ts'
import type { Echo } from '../../src/testing/echo-task.ts'
import { startGateway } from '../support/plugin-under-test.ts'

const plugins = [{ plugin: headerResolver, options: { header: 'x-app' } }]

test('header-resolver: the header names the app, on hosts that no app holds', async (t) => {
  const gateway = await startGateway(t, { plugins, apps: [{ id: '/myapp' }, { id: '/shop/api' }] })
  const ask = (host: string, app: string) =>
    gateway.request(`http://${host}/a`, { headers: { 'X-App': app } })
  assert.equal((await ask('gateway.test', '/shop/api')).json<Echo>().task, 'shop/api.1')
  assert.equal((await ask('gateway.test', '/myapp')).json<Echo>().task, 'myapp.1')
  assert.equal((await ask('gateway.test', '/none')).status, 404)
  assert.equal((await ask('myapp.local', '/shop/api')).json<Echo>().task, 'myapp.1')
  assert.deepEqual(gateway.host.problems, [])
  await gateway.setApps([{ id: '/myapp' }])
  assert.equal((await ask('gateway.test', '/shop/api')).status, 404)
})

test('header-resolver: explain says where the route came from', async (t) => {
  const gateway = await startGateway(t, { plugins, apps: [{ id: '/myapp' }] })
  const { route } = gateway.host.explain({
    host: 'gateway.test',
    target: '/',
    method: 'GET',
    header: (name) => (name === 'x-app' ? '/myapp' : undefined)
  })
  assert.equal(route?.id, 'header-resolver:/myapp')
})
