import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTestGateway } from '../../../src/testing/create-test-gateway.ts'

const apps = [
  { id: '/shop', labels: { 'gateway.hosts': 'a.local b.local', 'gateway.https': 'redirect' } }
]

describe('a redirect to https that the front door has no TLS for is one problem of its app', () => {
  for (const [name, proxy, reason] of [
    ['no proxy in front', {}, /^the proxy plane has no TLS to redirect to/],
    [
      'a trusted one',
      { trustedProxies: ['10.0.0.1'] },
      /^the proxy plane redirects nothing to https/
    ]
  ] as const) {
    test(name, async (t) => {
      const gateway = await createTestGateway({ apps, proxy })
      t.after(() => gateway.stop())
      const problems = gateway.host.problems
      assert.equal(problems.length, 1)
      const { source, app, label, reason: told } = problems[0] ?? { reason: '' }
      assert.deepEqual([source, app, label], ['test', '/shop', 'gateway.https'])
      assert.match(told, reason)
      assert.equal((await gateway.request('http://a.local/')).status, 503)
      await gateway.setApps([{ id: '/shop' }])
      assert.deepEqual(gateway.host.problems, [])
    })
  }
})

test('a refused request is told to observers with its code and route', async (t) => {
  const labels = { 'gateway.networks': '10.0.0.0/8' }
  const gateway = await createTestGateway({ apps: [{ id: '/shop', labels }] })
  t.after(() => gateway.stop())
  assert.equal((await gateway.request('http://shop.local/')).status, 403)
  const [outcome] = gateway.outcomes
  assert.equal(outcome?.code, 'GW_FORBIDDEN')
  assert.equal(outcome?.status, 403)
  assert.equal(outcome?.route?.match.host, 'shop.local')
})
