import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyProblems } from '../../../src/plugins/proxy/not-supported.ts'
import { createTestGateway } from '../../../src/testing/create-test-gateway.ts'
import { serviceOf, tableOf } from '../../support/rendered-tables.ts'

const probe = { kind: 'tcp', intervalMs: 5_000, timeoutMs: 2_000 } as const

test('a probe that an app asks for is a problem of the proxy plane, which serves it all the same', async (t) => {
  const apps = [
    { id: '/shop', labels: { 'gateway.probe': '/health', 'gateway.hosts': 'a.local b.local' } }
  ]
  const gateway = await createTestGateway({ apps })
  t.after(() => gateway.stop())
  const [problem, ...others] = gateway.host.problems
  assert.deepEqual(others, [])
  assert.deepEqual([problem?.app, problem?.label], ['/shop', 'gateway.probe'])
  assert.match(problem?.reason ?? '', /^not probed by the proxy plane/)
  assert.equal((await gateway.request('http://a.local/')).status, 200)
  await gateway.setApps([{ id: '/shop' }])
  assert.deepEqual(gateway.host.problems, [])
})

test('not probed: one problem for each app and each line of a file', () => {
  const services = [
    serviceOf('/a', [1], { probe }),
    serviceOf('/a', [2], { probe, id: 'marathon:/a:1' }),
    serviceOf('/b', [3]),
    serviceOf('/c', [4], { probe, id: 'file:c', origin: { source: 'file', file: 'routes.yaml:3' } })
  ]
  assert.deepEqual(
    proxyProblems({ trustedProxies: [] })(tableOf(services, [])).map(({ app, label }) => [
      app,
      label
    ]),
    [
      ['routes.yaml:3', undefined],
      ['/a', 'gateway.probe']
    ]
  )
})
