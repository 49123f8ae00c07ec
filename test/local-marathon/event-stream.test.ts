import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, recordEvents, startApp } from '../support/local-marathon.ts'

const simulated = { runner: 'simulated' } as const

test('the stream is plain lines with CRLF until the socket closes, never chunked', async (t) => {
  const { url, port } = await localMarathon(t, simulated)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  let raw = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    raw += text
  })
  socket.write('GET /v2/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n')
  await eventually('the first event', () => raw.endsWith('}\r\n\r\n'))
  const [head = '', ...events] = raw.split('\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(head, /\r\nContent-Type: text\/event-stream;charset=utf-8(\r\n|$)/)
  assert.match(head, /\r\nConnection: close(\r\n|$)/i)
  assert.doesNotMatch(head, /transfer-encoding|content-length/i)
  const [first = ''] = events
  assert.match(first, /^event: event_stream_attached\r\ndata: \{"remoteAddress":"127\.0\.0\.1",/)
  assert.equal((await call(url, '/ping')).status, 200)
})

test('a heartbeat is an empty line', async (t) => {
  const { url } = await localMarathon(t, { ...simulated, heartbeatMs: 20 })
  const stream = await recordEvents(t, url)
  await eventually('two heartbeats', () => stream.raw().endsWith('}\r\n\r\n\r\n\r\n'))
})

test('any other Accept is 405 with a page', async (t) => {
  const { url } = await localMarathon(t, simulated)
  for (const accept of ['text/event-stream, */*', '*/*', 'application/json']) {
    const { status, headers } = await call(url, '/v2/events', { headers: { accept } })
    assert.equal(status, 405, accept)
    assert.match(headers.get('content-type') ?? '', /^text\/html/)
  }
})

test('event_type lets only those through', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const query = '?event_type=deployment_success&event_type=no_such_event&plan-format=light'
  const stream = await recordEvents(t, url, query)
  await startApp(url)
  await eventually('the end of the deployment', () => stream.events.length > 0)
  assert.deepEqual(
    stream.events.map((event) => event.eventType),
    ['deployment_success']
  )
})

test('an event comes after its state is visible', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const stream = await recordEvents(t, url)
  await startApp(url)
  const running = stream.events.find((event) => event['taskStatus'] === 'TASK_RUNNING')
  const [task] = (await call(url, '/v2/apps/shop/tasks')).json.tasks
  assert.equal(running?.['taskId'], task.id)
  assert.deepEqual(running?.['ports'], task.ports)
  assert.equal(running?.['version'], task.version)
})

test('a stream that leaves is announced to the others', async (t) => {
  const { url } = await localMarathon(t, simulated)
  const stays = await recordEvents(t, url)
  const leaves = await recordEvents(t, url)
  leaves.stop()
  await eventually('the news', () =>
    stays.events.some((event) => event.eventType === 'event_stream_detached')
  )
})
