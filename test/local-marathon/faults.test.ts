import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, recordEvents, settled, startApp } from '../support/local-marathon.ts'

const simulated = { runner: 'simulated', heartbeatMs: 20 } as const

describe('answers', () => {
  const cases = [
    { fault: 503, expect: [503, ''] },
    { fault: 'html502', expect: [502, /^<html>/] },
    { fault: 'html503', expect: [503, /^<html>/] },
    { fault: 'empty200', expect: [200, ''] },
    { fault: 'noApps', expect: [200, /^\{"apps":\[\]\}$/] },
    { fault: 'truncated', expect: [200, /^\{"apps":\[\{.*[^}]$/] }
  ] as const
  for (const { fault, expect } of cases) {
    it(`failNext ${fault} goes wrong so often, then right again`, async (t) => {
      const { url, faults } = await localMarathon(t, simulated)
      await startApp(url)
      faults.failNext(2, fault)
      for (let round = 0; round < 2; round += 1) {
        const { status, text } = await call(url, '/v2/apps')
        assert.equal(status, expect[0])
        if (typeof expect[1] === 'string') assert.equal(text, expect[1])
        else assert.match(text, expect[1])
      }
      assert.equal((await call(url, '/v2/apps')).json.apps.length, 1)
    })
  }

  it('reset breaks the connection, hang answers nothing', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    faults.failNext(1, 'reset')
    await assert.rejects(fetch(`${url}/v2/apps`))
    faults.failNext(1, 'hang')
    await assert.rejects(fetch(`${url}/v2/apps`, { signal: AbortSignal.timeout(200) }), {
      name: 'TimeoutError'
    })
    assert.equal((await call(url, '/v2/apps')).status, 200)
  })

  it('answer stays until it is taken back, a path picks requests', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    faults.answer = 'html503'
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await call(url, '/v2/apps')).status, 503)
    }
    faults.answer = undefined
    faults.failNext(1, 500, '/v2/info')
    assert.equal((await call(url, '/v2/apps')).status, 200)
    assert.equal((await call(url, '/v2/info')).status, 500)
    faults.failNext(1, 503, '/v2/events')
    const headers = { accept: 'text/event-stream' }
    assert.equal((await call(url, '/v2/events', { headers })).status, 503)
  })

  it('unauthorizedAfter counts requests', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    faults.unauthorizedAfter(1)
    assert.equal((await call(url, '/v2/apps')).status, 200)
    assert.equal((await call(url, '/v2/apps')).status, 401)
    faults.unauthorizedAfter(Number.POSITIVE_INFINITY)
    assert.equal((await call(url, '/v2/apps')).status, 200)
  })

  it('slowBodyMs sends the second half later', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    faults.slowBodyMs = 200
    const start = performance.now()
    assert.deepEqual((await call(url, '/v2/apps')).json, { apps: [] })
    assert.ok(performance.now() - start >= 190)
  })
})

describe('content', () => {
  const one = async (url: string) => (await call(url, '/v2/apps?embed=apps.tasks')).json.apps[0]
  const cases = [
    { name: 'dropHealth', field: 'healthCheckResults', expect: [] },
    { name: 'portsEmpty', field: 'ports', expect: [] },
    { name: 'hostEmpty', field: 'host', expect: '' },
    { name: 'ipAddressesMissing', field: 'ipAddresses', expect: undefined }
  ] as const
  for (const { name, field, expect } of cases) {
    it(name, async (t) => {
      const { url, faults } = await localMarathon(t, simulated)
      await startApp(url, { healthChecks: [{ protocol: 'HTTP' }] })
      assert.notDeepEqual((await one(url)).tasks[0][field], expect)
      faults[name] = true
      assert.deepEqual((await one(url)).tasks[0][field], expect)
    })
  }

  it('hideApp leaves an app out until it is shown again', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    await startApp(url)
    faults.hideApp('/shop')
    assert.deepEqual((await call(url, '/v2/apps')).json.apps, [])
    assert.equal((await call(url, '/v2/apps/shop')).status, 404)
    faults.showApp('/shop')
    assert.equal((await call(url, '/v2/apps')).json.apps.length, 1)
  })

  it('snapshotLag shows the past while events tell of the present', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    await startApp(url)
    const [before] = (await one(url)).tasks
    const stream = await recordEvents(t, url)
    faults.snapshotLag = true
    await call(url, `/v2/apps/shop/tasks/${before.id}`, { method: 'DELETE' })
    await eventually('the kill', () =>
      stream.events.some((event) => event['taskStatus'] === 'TASK_KILLED')
    )
    const lagging = (await one(url)).tasks[0]
    assert.deepEqual([lagging.id, lagging.state], [before.id, 'TASK_RUNNING'])
    faults.snapshotLag = false
    const fresh = await eventually('a new task', async () => (await one(url)).tasks[0])
    assert.notEqual(fresh.id, before.id)
  })
})

describe('event streams', () => {
  it('silentStream brings nothing on an open socket, heartbeatOnly no events', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    const stream = await recordEvents(t, url)
    await eventually('the greeting', () => stream.events.length === 1)
    faults.silentStream = true
    const length = stream.raw().length
    await startApp(url)
    assert.equal(stream.raw().length, length)
    faults.silentStream = false
    faults.heartbeatOnly = true
    await call(url, '/v2/apps/shop', { method: 'DELETE' })
    await settled(url)
    await eventually('heartbeats', () => stream.raw().endsWith('\r\n\r\n\r\n\r\n'))
    assert.equal(stream.events.length, 1)
    assert.equal(stream.closed, false)
  })

  it('splitHeartbeat sends CR and LF apart', async (t) => {
    const { url, faults } = await localMarathon(t, { ...simulated, heartbeatMs: 100 })
    faults.splitHeartbeat = true
    const stream = await recordEvents(t, url)
    await eventually('both halves', () => {
      const at = stream.chunks.indexOf('\r')
      return at >= 0 && stream.chunks[at + 1] === '\n'
    })
  })

  it('severalJsonPerEvent doubles the data line', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    faults.severalJsonPerEvent = true
    const stream = await recordEvents(t, url)
    await eventually('an event', () => stream.raw().includes('\r\n\r\n'))
    assert.match(
      stream.raw(),
      /^event: event_stream_attached\r\ndata: (\{.*\})\r\ndata: \1\r\n\r\n/
    )
  })

  it('closeStreams ends them, closeStreamsAtOnce lets none live', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    const first = await recordEvents(t, url)
    faults.closeStreams()
    await eventually('the end', () => first.closed)
    faults.closeStreamsAtOnce = true
    const second = await recordEvents(t, url)
    await eventually('the end', () => second.closed)
    assert.equal(second.raw(), '')
  })

  it('redirectEventsTo is 302 to there', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    faults.redirectEventsTo = 'http://127.0.0.9:8080/v2/events'
    const headers = { accept: 'text/event-stream' }
    const answer = await call(url, '/v2/events', { headers })
    assert.deepEqual(
      [answer.status, answer.headers.get('location')],
      [302, 'http://127.0.0.9:8080/v2/events']
    )
  })

  it('an event storm sends at its rate until it is ended', async (t) => {
    const { url, faults } = await localMarathon(t, simulated)
    const stream = await recordEvents(t, url)
    const end = faults.eventStorm(2_000)
    await eventually('five hundred events', () => stream.events.length > 500)
    end()
    const count = stream.events.length
    await call(url, '/ping')
    assert.ok(stream.events.length < count + 200)
  })
})

test('a change of leader ends streams and wipes health until checks ran again', async (t) => {
  const { url, faults } = await localMarathon(t, simulated)
  await startApp(url, { healthChecks: [{ protocol: 'HTTP', intervalSeconds: 1 }] })
  const stream = await recordEvents(t, url)
  const health = async () =>
    (await call(url, '/v2/apps/shop')).json.app.tasks[0].healthCheckResults.length
  assert.equal(await health(), 1)
  faults.leaderChange()
  assert.equal(await health(), 0)
  await eventually('the stream ends', () => stream.closed)
  await eventually('health is back', async () => (await health()) === 1)
})
