import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { SUBSCRIBED } from '../../../src/gateway/marathon/event-meaning.ts'
import { eventually } from '../../support/eventually.ts'
import { sendHtml, sendJson } from '../../support/fake-marathon.ts'
import { fakeMarathon, startSource } from '../../support/marathon-source.ts'

const EVENTS = '/v2/events'

test('the stream asks for what it needs, with exactly the Accept that Marathon takes', async (t) => {
  const marathon = await fakeMarathon(t)
  startSource(t, { urls: [marathon.url] })
  await eventually('a stream', () => marathon.streams.size === 1)
  const request = marathon.requests.find((one) => one.url?.startsWith(EVENTS))
  const query = new URL(request?.url ?? '', marathon.url).searchParams
  assert.equal(request?.headers.accept, 'text/event-stream')
  assert.equal(request?.headers['accept-encoding'], undefined)
  assert.equal(query.get('plan-format'), 'light')
  assert.deepEqual(query.getAll('event_type'), [...SUBSCRIBED])
})

test('without events only refresh reads', async (t) => {
  const marathon = await fakeMarathon(t)
  const { sink, source } = startSource(t, { urls: [marathon.url], events: false })
  await eventually('a snapshot', () => sink.snapshots.length === 1)
  source.refresh('test')
  await eventually('another', () => sink.snapshots.length === 2)
  assert.equal(marathon.count(EVENTS), 0)
})

test('a silent stream is left for the next node, and what was missed is read', async (t) => {
  const [silent, other] = [await fakeMarathon(t), await fakeMarathon(t)]
  const { sink } = startSource(t, { urls: [silent.url, other.url], silenceMs: 300 })
  await eventually('the first stream', () => silent.streams.size === 1)
  const before = sink.snapshots.length
  await eventually('a stream of the other node', () => other.streams.size === 1)
  await eventually('the silent stream to be closed', () => silent.streams.size === 0)
  await eventually('a read after the reconnect', () => sink.snapshots.length > before)
})

test('heartbeats alone keep a stream, split or whole', async (t) => {
  const marathon = await fakeMarathon(t)
  startSource(t, { urls: [marathon.url], silenceMs: 2000 })
  await eventually('a stream', () => marathon.streams.size === 1)
  let beats = 0
  const timer = setInterval(() => {
    for (const stream of marathon.streams) stream.write(['\r', '\n', '\r\n'][beats++ % 3])
  }, 100)
  t.after(() => clearInterval(timer))
  await eventually('three seconds of heartbeats', () => beats >= 30)
  assert.equal(marathon.count(EVENTS), 1)
})

test('a node that takes the stream and never answers is left for the next', async (t) => {
  const [stuck, good] = [await fakeMarathon(t), await fakeMarathon(t)]
  stuck.script = (request) => request.url?.startsWith(EVENTS) ?? false
  startSource(t, { urls: [stuck.url, good.url], silenceMs: 300 })
  await eventually('a stream of the good node', () => good.streams.size === 1)
})

test('a stream that closes at once is opened again after pauses, not in a hot loop', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.script = (request, response) => {
    if (!request.url?.startsWith(EVENTS)) return false
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
    return true
  }
  const startedAt = Date.now()
  startSource(t, { urls: [marathon.url], backoff: { minMs: 200, maxMs: 200 } })
  await eventually('five attempts', () => marathon.count(EVENTS) >= 5)
  const tookMs = Date.now() - startedAt
  assert.ok(tookMs >= 400, `5 attempts in ${tookMs} ms`)
  marathon.script = () => false
  await eventually('a stream that stays', () => marathon.streams.size === 1)
})

test('each new stream goes with a full read', async (t) => {
  const marathon = await fakeMarathon(t)
  const { sink } = startSource(t, { urls: [marathon.url] })
  await eventually('a stream', () => marathon.streams.size === 1 && sink.snapshots.length > 0)
  marathon.closeStreams()
  marathon.apps = [{ id: '/missed' }]
  await eventually('what was missed', () => sink.app('/missed') !== undefined)
})

test('while streams are refused, each attempt goes with a read', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.script = (request, response) =>
    (request.url?.startsWith(EVENTS) ?? false) && sendHtml(response, 405)
  const { sink } = startSource(t, { urls: [marathon.url] })
  await eventually('three snapshots', () => sink.snapshots.length >= 3)
  assert.deepEqual(sink.failures, [])
})

const refusals = [
  { status: 405, reason: /status 405: .*must be exactly text\/event-stream/ },
  { status: 401, reason: /status 401: the credentials are missing/ },
  { status: 503, reason: /answered with status 503/ },
  { status: 200, reason: /content type "text\/html"/ }
]

for (const { status, reason } of refusals) {
  test(`a stream answered with ${status} and HTML says why`, async (t) => {
    const marathon = await fakeMarathon(t)
    marathon.script = (request, response) =>
      (request.url?.startsWith(EVENTS) ?? false) && sendHtml(response, status)
    const { warnings } = startSource(t, { urls: [marathon.url] })
    await eventually('a warning', () => warnings.length > 0)
    assert.match(warnings[0] ?? '', reason)
  })
}

test('a storm of events ends with the last state and few reads', async (t) => {
  const marathon = await fakeMarathon(t)
  const { sink } = startSource(t, { urls: [marathon.url] })
  await eventually('a stream', () => marathon.streams.size === 1)
  const before = marathon.count('/v2/apps')
  const startedAt = Date.now()
  for (let n = 1; n <= 5000; n++) {
    marathon.apps = [{ id: '/web', instances: n }]
    marathon.send({ eventType: 'instance_changed_event', instanceId: `i.${n}` })
    if (n % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await eventually('the last state', () => sink.app('/web')?.instances === 5000)
  const reads = marathon.count('/v2/apps') - before
  assert.ok(reads <= 2 + (Date.now() - startedAt) / 20, `${reads} reads`)
})

test('a read that lags behind its event is followed by one that does not', async (t) => {
  const marathon = await fakeMarathon(t)
  const { sink } = startSource(t, { urls: [marathon.url], minDistanceMs: 1 })
  await eventually('a stream', () => marathon.streams.size === 1)
  marathon.send({ eventType: 'api_post_event' })
  setTimeout(() => {
    marathon.apps = [{ id: '/late' }]
  }, 100)
  await eventually('the app that came late', () => sink.app('/late') !== undefined)
})

test('a task that ends is told at once, by task, by instance and by app', async (t) => {
  const marathon = await fakeMarathon(t)
  const uuid = 'c7c311a4-b669-11e6-a48f-0ea4f4b1778c'
  marathon.apps = [
    { id: '/web', tasks: [{ id: `web.instance-${uuid}._app.1` }] },
    { id: '/old', tasks: [{ id: `old.${uuid}` }] },
    { id: '/gone', tasks: [{ id: 'gone.1' }, { id: 'gone.2' }] }
  ]
  const { sink } = startSource(t, { urls: [marathon.url] })
  await eventually(
    'a snapshot',
    () => marathon.streams.size === 1 && sink.app('/web') !== undefined
  )
  marathon.send({ eventType: 'status_update_event', taskId: 'x.1', taskStatus: 'TASK_KILLING' })
  for (const instanceId of [`web.instance-${uuid}`, `old.marathon-${uuid}`]) {
    marathon.send({ eventType: 'instance_changed_event', instanceId, condition: 'Failed' })
  }
  marathon.send({ eventType: 'app_terminated_event', appId: '/gone' })
  marathon.send({ eventType: 'status_update_event', taskId: 'y.1', taskStatus: 'TASK_LOST' })
  await eventually('the last event', () => sink.unreachable.length === 1)
  assert.deepEqual(sink.ending, [
    'x.1',
    `web.instance-${uuid}._app.1`,
    `old.${uuid}`,
    'gone.1',
    'gone.2'
  ])
  assert.deepEqual(sink.unreachable, ['y.1'])
})

test('a standby that redirects to the leader is followed', async (t) => {
  const [standby, leader] = [await fakeMarathon(t), await fakeMarathon(t)]
  standby.script = (request, response) => {
    if (!request.url?.startsWith(EVENTS)) return false
    response.writeHead(302, { location: leader.url + request.url }).end()
    return true
  }
  const { sink } = startSource(t, { urls: [standby.url] })
  await eventually('a stream of the leader', () => leader.streams.size === 1)
  standby.apps = [{ id: '/new' }]
  leader.send({ eventType: 'api_post_event' })
  await eventually('the new app', () => sink.app('/new') !== undefined)
})

test('when reads succeed again the stream does not wait any longer', async (t) => {
  const { marathon, source } = await waitingSource(t)
  marathon.script = () => false
  source.refresh('test')
  await eventually('the stream', () => marathon.streams.size === 1)
})

test('a source that stops while it waits leaves nothing open', async (t) => {
  const { marathon, stop } = await waitingSource(t)
  stop()
  await eventually('the end of what was under way', () => marathon.connections === 0)
  const asked = marathon.requests.length
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(marathon.requests.length, asked)
})

/** A source that waits for long: Marathon gave neither apps nor a stream. */
async function waitingSource(t: TestContext) {
  const marathon = await fakeMarathon(t)
  marathon.script = (_, response) => sendJson(response, 503, {})
  const backoff = { minMs: 60_000, maxMs: 60_000 }
  const { sink, ...started } = startSource(t, { urls: [marathon.url], backoff })
  await eventually('a failure', () => sink.failures.length > 0 && marathon.count(EVENTS) > 0)
  return { marathon, ...started }
}
