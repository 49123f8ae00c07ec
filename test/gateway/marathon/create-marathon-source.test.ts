import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import test from 'node:test'
import { promisify } from 'node:util'
import { eventually } from '../../support/eventually.ts'
import { fakeMarathon, startSource } from '../../support/marathon-source.ts'

const task = { id: 'web.1', host: 'agent-1', ports: [31000], state: 'TASK_RUNNING' }
const web = { id: '/web', portDefinitions: [{ port: 10000 }], tasks: [task] }

test('a source publishes the apps at once and again after an event', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.apps = [web]
  const { sink } = startSource(t, { urls: [marathon.url] })
  await eventually(
    'a snapshot',
    () => sink.app('/web') !== undefined && marathon.streams.size === 1
  )
  assert.deepEqual(sink.app('/web')?.tasks[0]?.ports, [31000])

  marathon.apps = [web, { id: '/api' }]
  marathon.send({ eventType: 'api_post_event', appDefinition: { id: '/api' } })
  await eventually('the new app', () => sink.app('/api') !== undefined)
  assert.equal(sink.snapshots.at(-1)?.source, 'marathon')
})

test('an app that did not change keeps its identity, a task as well', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.apps = [web, { id: '/api' }]
  const { sink, source } = startSource(t, { urls: [marathon.url], events: false })
  await eventually('a snapshot', () => sink.snapshots.length === 1)
  const before = { api: sink.app('/api'), web: sink.app('/web') }

  marathon.apps = [{ ...web, tasks: [task, { ...task, id: 'web.2' }] }, { id: '/api' }]
  source.refresh('test')
  await eventually('the second snapshot', () => sink.snapshots.length === 2)
  assert.equal(sink.app('/api'), before.api)
  assert.notEqual(sink.app('/web'), before.web)
  assert.equal(sink.app('/web')?.tasks[0], before.web?.tasks[0])
})

test('a stopped source leaves nothing open', async (t) => {
  const marathon = await fakeMarathon(t)
  const { sink, stop } = startSource(t, { urls: [marathon.url] })
  await eventually('a stream', () => sink.snapshots.length > 0 && marathon.streams.size === 1)
  stop()
  await eventually('the stream to close', () => marathon.streams.size === 0)
})

test('a process whose source was stopped ends by itself', async (t) => {
  const marathon = await fakeMarathon(t)
  const source = new URL('../../../src/gateway/marathon/create-marathon-source.ts', import.meta.url)
  const script = `
    import { createMarathonSource } from ${JSON.stringify(source.href)}
    const none = () => {}
    const log = { info: none, warn: none, debug: none }
    const settings = { name: 'marathon', urls: [${JSON.stringify(marathon.url)}], events: true }
    const controller = new AbortController()
    let published = 0
    const publish = () => {
      if (++published === 2) setTimeout(() => controller.abort(), 50)
    }
    const sink = { publish, failed: none, taskEnding: none, taskUnreachable: none }
    createMarathonSource(settings, { log, now: Date.now, random: Math.random })
      .start(sink, controller.signal)`
  const options = ['--import', 'tsx', '--input-type=module', '--eval', script]
  await promisify(execFile)(process.execPath, options, { timeout: 120_000 })
  await eventually('the stream to close', () => marathon.streams.size === 0)
})

test('a source that stops within a read breaks it off', async (t) => {
  const marathon = await fakeMarathon(t)
  let closed = false
  marathon.script = (request) => {
    request.socket.on('close', () => {
      closed = true
    })
    return true
  }
  const { sink, stop } = startSource(t, { urls: [marathon.url], events: false })
  await eventually('a request', () => marathon.requests.length === 1)
  stop()
  await eventually('the connection to close', () => closed)
  assert.deepEqual(sink.failures, [])
})
