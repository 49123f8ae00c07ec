import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSteps } from '../../../src/gateway/model/steps.ts'
import { proxyProblems } from '../../../src/plugins/proxy/not-supported.ts'
import { createTestGateway } from '../../../src/testing/create-test-gateway.ts'
import { serviceOf, tableOf } from '../../support/rendered-tables.ts'

test('a label that asks for a service port is a problem of the proxy plane, one without is none', async (t) => {
  const apps = [
    {
      id: '/shop',
      labels: {
        HAPROXY_0_VHOST: 'shop.local',
        HAPROXY_0_PORT: '8081',
        HAPROXY_0_MODE: 'tcp',
        HAPROXY_0_BIND_ADDR: '10.0.0.1',
        HAPROXY_0_SSL_CERT: '/etc/shop.pem'
      }
    },
    { id: '/web', labels: { HAPROXY_0_VHOST: 'web.local', HAPROXY_0_MODE: 'http' } }
  ]
  const gateway = await createTestGateway({ apps })
  t.after(() => gateway.stop())
  const { problems } = gateway.host
  assert.deepEqual(
    problems.map(({ app, label }) => `${app} ${label}`),
    ['BIND_ADDR', 'MODE', 'PORT', 'SSL_CERT'].map((name) => `/shop HAPROXY_0_${name}`)
  )
  for (const { reason } of problems) assert.match(reason, /takes plane: haproxy and haproxy.servi/)
  assert.equal((await gateway.request('http://shop.local/')).status, 200)
})

test('behind an HAProxy service ports are no business of the proxy plane', () => {
  const listener = { labels: { port: 'HAPROXY_0_PORT' } }
  const table = tableOf([serviceOf('/a', [1], { servicePort: 2000, listener })], [])
  assert.equal(runSteps(proxyProblems({ trustedProxies: [] })(table)).length, 1)
  assert.deepEqual(runSteps(proxyProblems({ trustedProxies: [] }, {})(table)), [])
})
