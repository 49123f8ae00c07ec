import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalMarathon } from '../../src/local-marathon/create-local-marathon.ts'
import { eventually } from '../support/eventually.ts'
import { appBody, call, localMarathon, recordEvents, startApp } from '../support/local-marathon.ts'

const simulated = { runner: 'simulated' } as const
const sse = { headers: { accept: 'text/event-stream' } }

test('a standby proxies to the leader and says so', async (t) => {
  const leader = await localMarathon(t, simulated)
  const standby = await localMarathon(t, { standbyOf: leader })
  const created = await call(standby.url, '/v2/apps', { method: 'POST', body: appBody() })
  assert.equal(created.status, 201)
  assert.equal(created.headers.get('x-marathon-via'), `1.1 127.0.0.1:${standby.port}`)
  assert.equal(created.headers.get('x-marathon-leader'), leader.url)
  assert.equal((await call(leader.url, '/v2/apps')).json.apps.length, 1)
  const { json } = await call(standby.url, '/v2/leader')
  assert.deepEqual(json, { leader: `127.0.0.1:${leader.port}` })
})

test('for events a standby of 1.8 redirects, an older one proxies', async (t) => {
  const leader = await localMarathon(t, simulated)
  const standby = await localMarathon(t, { standbyOf: leader })
  const answer = await call(standby.url, '/v2/events?event_type=a', sse)
  assert.deepEqual(
    [answer.status, answer.headers.get('location')],
    [302, `${leader.url}/v2/events?event_type=a`]
  )
  const old = await localMarathon(t, { ...simulated, apiVersion: '1.5' })
  const oldStandby = await localMarathon(t, { standbyOf: old })
  const stream = await recordEvents(t, oldStandby.url)
  await eventually('the greeting', () => stream.events.length === 1)
})

test('a leader change swaps the roles', async (t) => {
  const first = await localMarathon(t, simulated)
  const second = await localMarathon(t, { standbyOf: first })
  await startApp(first.url)
  first.faults.leaderChange()
  assert.equal((await call(first.url, '/v2/events', sse)).status, 302)
  const { json } = await call(first.url, '/v2/leader')
  assert.deepEqual(json, { leader: `127.0.0.1:${second.port}` })
  assert.equal((await call(second.url, '/v2/apps')).json.apps.length, 1)
})

test('the cluster outlives its first leader', async (t) => {
  const first = await createLocalMarathon({ port: 0, ...simulated })
  t.after(() => first.close())
  const second = await localMarathon(t, { standbyOf: first })
  await startApp(first.url)
  await first.close()
  const { json } = await call(second.url, '/v2/apps?embed=apps.tasks')
  assert.equal(json.apps[0].tasks.length, 1)
})

test('a node that knows no leader is 502 with a page', async (t) => {
  const leader = await localMarathon(t, simulated)
  const standby = await localMarathon(t, { standbyOf: leader })
  standby.faults.leaderless = true
  const { status, text } = await call(standby.url, '/v2/apps')
  assert.equal(status, 502)
  assert.match(text, /Could not determine the current leader/)
  assert.equal((await call(leader.url, '/v2/apps')).status, 200)
})
