import assert from 'node:assert/strict'
import test from 'node:test'
import { tenantHook } from '../../examples/plugins/tenant-hook.ts'
import type { Echo } from '../../src/testing/echo-task.ts'
import { startGateway } from '../support/plugin-under-test.ts'

const keys = { k1: 'acme', k2: 'globex' }
const withLabels = (own: Readonly<Record<string, string>>) => ({
  plugins: [{ plugin: tenantHook, options: { keys } }],
  apps: [{ id: '/myapp', labels: { 'gateway.hooks': 'tenant', ...own } }]
})

test('tenant: without a known key the hook answers by itself, and the task sees nothing', async (t) => {
  const gateway = await startGateway(t, withLabels({}))
  const ask = (headers: Record<string, string>) =>
    gateway.request('http://myapp.local/', { headers })
  assert.equal((await ask({})).status, 401)
  assert.equal((await ask({ 'x-key': 'k3' })).status, 401)
  assert.equal((await ask({ 'x-key': '__proto__' })).status, 401)
  assert.ok(gateway.outcomes.every(({ attempts }) => attempts.length === 0))
})

test('tenant: the task sees the tenant of the key, whatever the client claims', async (t) => {
  const gateway = await startGateway(t, withLabels({}))
  const answer = await gateway.request('http://myapp.local/', {
    headers: { 'x-key': 'k1', 'X-Tenant': 'globex' }
  })
  const { headers } = answer.json<Echo>()
  assert.equal(headers['x-tenant'], 'acme')
  assert.equal(headers['x-key'], undefined)
})

test('tenant: gateway.tenant.only lets one tenant in', async (t) => {
  const gateway = await startGateway(t, withLabels({ 'gateway.tenant.only': 'acme' }))
  const statusFor = async (key: string) =>
    (await gateway.request('http://myapp.local/', { headers: { 'x-key': key } })).status
  assert.equal(await statusFor('k1'), 200)
  assert.equal(await statusFor('k2'), 403)
})

test('tenant: a misspelt label closes the app rather than open it', async (t) => {
  const gateway = await startGateway(t, withLabels({ 'gateway.tenant.olny': 'acme' }))
  const answer = await gateway.request('http://myapp.local/', { headers: { 'x-key': 'k2' } })
  assert.equal(answer.status, 503)
})
