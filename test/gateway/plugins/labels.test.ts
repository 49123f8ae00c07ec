import assert from 'node:assert/strict'
import test from 'node:test'
import { Type } from 'typebox'
import { pluginOf, startGateway } from '../../support/plugin-under-test.ts'

const labels = Type.Object({
  limit: Type.Integer({ minimum: 1, default: 100, description: 'Most requests at once.' }),
  tenant: Type.Optional(Type.String({ maxLength: 20, description: 'Who pays.' }))
})

const limiter = () =>
  pluginOf(
    'limiter',
    (host) => {
      host.hooks('limiter', {
        async preHandler({ route }, reply) {
          return reply.send(route.settings)
        }
      })
    },
    labels
  )

const app = (own: Readonly<Record<string, string>>) => ({
  id: '/myapp',
  labels: { 'gateway.hooks': 'limiter', ...own }
})

test('labels of a plugin arrive in route.settings, checked, with defaults', async (t) => {
  const gateway = await startGateway(t, {
    plugins: [limiter()],
    apps: [app({ 'gateway.limiter.tenant': 'ada' })]
  })
  const settings = async () => (await gateway.request('http://myapp.local/')).json()
  assert.deepEqual(await settings(), { limiter: { limit: 100, tenant: 'ada' } })
  await gateway.setApps([app({ 'gateway.limiter.limit': '7' })])
  assert.deepEqual(await settings(), { limiter: { limit: 7 } })
  await gateway.setApps([app({})])
  assert.deepEqual(await settings(), {})
  assert.deepEqual(gateway.host.problems, [])
})

const wrong = [
  {
    label: 'gateway.limiter.limit',
    value: '0',
    reason: /limit: must be a whole number of at least 1, found 0/
  },
  { label: 'gateway.limiter.limit', value: 'many', reason: /limit: must be a whole number/ },
  { label: 'gateway.limiter.limits', value: '7', reason: /did you mean "?limit"?\?/ }
]

for (const { label, value, reason } of wrong) {
  test(`${label}: ${value} is a problem and closes its routes alone`, async (t) => {
    const gateway = await startGateway(t, {
      plugins: [limiter()],
      apps: [app({ [label]: value }), { id: '/other' }]
    })
    const answer = await gateway.request('http://myapp.local/')
    assert.equal(answer.status, 503)
    assert.match(answer.text, /GW_GUARD_INVALID/)
    assert.equal((await gateway.request('http://other.local/')).status, 200)
    const [problem, ...others] = gateway.host.problems
    assert.deepEqual(others, [])
    assert.equal(problem?.app, '/myapp')
    assert.ok(label.startsWith(problem?.label ?? '-'), problem?.label)
    assert.match(problem?.reason ?? '', reason)
  })
}
