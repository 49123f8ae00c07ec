import assert from 'node:assert/strict'
import test from 'node:test'
import type { AppsReader } from '../../../src/gateway/marathon/apps-reader.ts'
import { meaningsOf } from '../../../src/gateway/marathon/event-meaning.ts'
import { createReading } from '../../../src/gateway/marathon/reading.ts'
import { parseApp, parseApps } from '../../../src/gateway/marathon/schema.ts'
import { settle } from '../../../src/gateway/marathon/settings.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { quietLog } from '../../support/marathon-source.ts'
import { recordingSink } from '../../support/recording-sink.ts'

const START = 1_000_000
const LARGE = 10_000_000

/** A reading over a scripted Marathon and a fake clock; `asked` lists the reads with their moments. */
function given() {
  const clock = fakeClock()
  const sink = recordingSink()
  const asked: string[] = []
  const cluster = { apps: [] as object[], bytes: 1000, tookMs: 1, failing: '', failingApps: false }
  const now = () => START + clock.now()
  const reader: AppsReader = {
    async readAll() {
      asked.push(`${clock.now()} all`)
      if (cluster.failing !== '') throw new Error(cluster.failing)
      const parsed = parseApps({ apps: cluster.apps }, 'marathon')
      if ('invalid' in parsed) throw new Error(parsed.invalid)
      return { ...parsed, takenAt: now(), bytes: cluster.bytes, tookMs: cluster.tookMs }
    },
    async readOne(id) {
      asked.push(`${clock.now()} ${id}`)
      if (cluster.failingApps) throw new Error('it answered with status 500')
      const found = cluster.apps.find((app) => (app as { id: string }).id === id)
      const read = { id, problems: [], takenAt: now() }
      return found === undefined ? read : { ...read, ...parseApp(found, 'marathon') }
    }
  }
  const settings = settle({ name: 'marathon', urls: [], events: true })
  const recoveries: number[] = []
  const reading = createReading({
    settings,
    tools: { log: quietLog, now, random: () => 1 },
    reader,
    sink,
    clock,
    onRecovery: () => recoveries.push(clock.now())
  })
  const event = (eventType: string, fields: object) => {
    const data = JSON.stringify({ ...fields, eventType })
    for (const meaning of meaningsOf({ name: eventType, data, truncated: false })) {
      reading.event(meaning)
    }
  }
  return { clock, sink, asked, cluster, reading, event, recoveries }
}

test('a task that an event ends is told before any read', async () => {
  const { clock, sink, cluster, reading, event } = given()
  cluster.apps = [{ id: '/web', tasks: [{ id: 'web.instance-1._app.1' }, { id: 'web.2' }] }]
  reading.refresh()
  await clock.advance(100)

  event('status_update_event', { taskId: 'web.9', taskStatus: 'TASK_KILLING', appId: '/web' })
  event('instance_changed_event', {
    instanceId: 'web.instance-1',
    condition: 'Killing',
    runSpecId: '/web'
  })
  event('status_update_event', { taskId: 'web.2', taskStatus: 'TASK_LOST', appId: '/web' })
  assert.deepEqual(sink.ending, ['web.9', 'web.instance-1._app.1'])
  assert.deepEqual(sink.unreachable, ['web.2'])
  event('app_terminated_event', { appId: '/web' })
  assert.deepEqual(sink.ending.slice(2), ['web.instance-1._app.1', 'web.2'])
  assert.equal(sink.snapshots.length, 1)
})

test('a failed read keeps the last snapshot, says why, and comes again with growing pauses', async () => {
  const { clock, sink, asked, cluster, reading } = given()
  reading.refresh()
  await clock.advance(100)
  cluster.failing = 'http://m:8080: the connection was refused'
  reading.refresh()
  await clock.advance(3600)
  assert.deepEqual(asked, ['0 all', '100 all', '600 all', '1600 all', '3600 all'])
  assert.equal(sink.failures[0], 'http://m:8080: the connection was refused')
  assert.equal(sink.snapshots.length, 1)
  cluster.failing = ''
  reading.connected()
  await clock.advance(1)
  assert.equal(sink.snapshots.length, 2)
})

test('who asks need not wait for the rest after a failed read, once in a second', async () => {
  const { clock, asked, cluster, reading, recoveries } = given()
  cluster.failing = 'http://m:8080: the connection was refused'
  reading.refresh()
  await clock.advance(3_600)
  asked.length = 0
  for (let left = 20; left > 0; left -= 1) {
    reading.refresh()
    await clock.advance(100)
  }
  assert.deepEqual(asked, ['3600 all', '4600 all'])
  assert.deepEqual(recoveries, [])
  cluster.failing = ''
  reading.refresh()
  await clock.advance(1)
  assert.deepEqual(asked.slice(2), ['5600 all'])
  assert.deepEqual(recoveries, [5_600])
})

test('a small answer that took long costs a short rest all the same', async () => {
  const { clock, asked, cluster, reading } = given()
  cluster.tookMs = 2_000
  reading.refresh()
  await clock.advance(1)
  for (let left = 10; left > 0; left -= 1) {
    reading.refresh()
    await clock.advance(100)
  }
  const [, second] = asked
  assert.ok(Number.parseInt(second ?? '', 10) <= 500, `the second read: ${second}`)
})

test('readiness is looked at every second while it is checked', async () => {
  const { clock, asked, cluster, reading } = given()
  const app = { id: '/a', readinessChecks: [{}], deployments: [{ id: 'd' }] }
  cluster.apps = [app]
  reading.refresh()
  await clock.advance(2500)
  assert.deepEqual(asked, ['0 all', '1000 all', '2000 all'])
  cluster.apps = [{ ...app, deployments: [] }]
  await clock.advance(10_000)
  assert.deepEqual(asked.slice(3), ['3000 all'])
})

test('a task without health results is looked at again when its grace is over', async () => {
  const { clock, asked, cluster, reading } = given()
  const startedAt = new Date(START - 5000).toISOString()
  cluster.apps = [
    {
      id: '/a',
      healthChecks: [{ gracePeriodSeconds: 10, intervalSeconds: 5 }],
      tasks: [{ id: 't', state: 'TASK_RUNNING', startedAt }]
    }
  ]
  reading.refresh()
  await clock.advance(60_000)
  assert.deepEqual(asked, ['0 all', '10050 all'])
})

test('an event reads its app alone while a read of all has to rest', async () => {
  const { clock, sink, asked, cluster, reading, event } = given()
  cluster.tookMs = 100
  cluster.apps = [{ id: '/a', instances: 1 }, { id: '/b' }]
  reading.refresh()
  await clock.advance(10)
  cluster.apps = [{ id: '/a', instances: 2 }, { id: '/b' }]
  event('api_post_event', { appDefinition: { id: '/a' } })
  await clock.advance(10)
  assert.deepEqual(asked, ['0 all', '10 /a'])
  assert.equal(sink.app('/a')?.instances, 2)
  assert.notEqual(sink.app('/b'), undefined)
  assert.deepEqual(sink.snapshots.at(-1)?.parts, {
    wholeAt: START,
    aloneAt: new Map([['/a', START + 10]])
  })
  await clock.advance(10_000)
  assert.deepEqual(asked.slice(2), ['300 all'])
  assert.equal(sink.snapshots.at(-1)?.parts, undefined)
})

interface Patient {
  readonly first?: boolean
  readonly failing?: string
  readonly type?: string
  readonly apps?: number
}

const patient: Readonly<Record<string, Patient>> = {
  'the first read is not over': { first: true },
  'reads fail': { failing: 'http://m:8080: the connection was refused' },
  'it names no app': { type: 'event_stream_attached' },
  'it names many apps': { apps: 9 }
}

for (const [name, { first = false, failing = '', ...about }] of Object.entries(patient)) {
  const { type = 'deployment_info', apps = 1 } = about
  test(`an event waits for the next read of all when ${name}`, async () => {
    const { clock, asked, cluster, reading, event } = given()
    cluster.tookMs = 100
    reading.refresh()
    if (!first) {
      await clock.advance(1000)
      cluster.failing = failing
      reading.refresh()
      await clock.advance(1)
    }
    const steps = Array.from({ length: apps }, (_, n) => ({ app: `/${n}` }))
    event(type, { plan: { steps } })
    await clock.advance(10_000)
    assert.deepEqual(
      asked.filter((read) => !read.endsWith('all')),
      []
    )
    assert.ok(asked.length > 1)
  })
}

test('large answers: an event reads its app alone, and all is read now and then', async () => {
  const { clock, sink, asked, cluster, reading, event } = given()
  cluster.bytes = LARGE
  cluster.apps = [{ id: '/a', instances: 1 }, { id: '/b' }]
  reading.refresh()
  await clock.advance(1000)
  cluster.apps = [{ id: '/a', instances: 2 }, { id: '/b' }]
  event('api_post_event', { appDefinition: { id: '/a' } })
  event('group_change_success', { groupId: '/' })
  await clock.advance(1000)
  assert.deepEqual(asked, ['0 all', '1000 /a', '1200 /a'])
  assert.equal(sink.app('/a')?.instances, 2)
  assert.notEqual(sink.app('/b'), undefined)

  cluster.apps = [{ id: '/a' }]
  event('app_terminated_event', { appId: '/b' })
  await clock.advance(1000)
  assert.equal(sink.app('/b'), undefined)
  await clock.advance(42_001)
  assert.deepEqual(asked.slice(3), ['2000 /b', '2200 /b', '45000 all'])
})

test('large answers: an event that names no app reads all', async () => {
  const { clock, asked, cluster, reading, event } = given()
  cluster.bytes = LARGE
  reading.refresh()
  await clock.advance(1000)
  event('event_stream_attached', {})
  await clock.advance(1000)
  event('deployment_success', { plan: { steps: [] } })
  await clock.advance(1000)
  assert.deepEqual(asked, ['0 all', '2000 all', '2200 all'])
})

test('large answers: readiness is looked at app by app', async () => {
  const { clock, asked, cluster, reading } = given()
  cluster.bytes = LARGE
  cluster.apps = [{ id: '/a', readinessChecks: [{}], deployments: [{ id: 'd' }] }, { id: '/b' }]
  reading.refresh()
  await clock.advance(1500)
  assert.deepEqual(asked, ['0 all', '0 /a', '1000 /a'])
})

test('large answers: an app that can not be read alone does not stop the full reads', async () => {
  const { clock, sink, asked, cluster, reading, event } = given()
  cluster.bytes = LARGE
  cluster.apps = [{ id: '/a' }]
  reading.refresh()
  await clock.advance(1000)
  cluster.failingApps = true
  event('api_post_event', { appDefinition: { id: '/a' } })
  await clock.advance(60_000)
  assert.ok(sink.failures.includes('it answered with status 500'))
  assert.ok(asked.includes('45000 all'))
  cluster.failingApps = false
  const before = asked.length
  await clock.advance(40_000)
  assert.deepEqual(asked.slice(before), ['90000 all'])
})

test('a stopped reading is silent and leaves no timer', async () => {
  const { clock, sink, asked, reading, event } = given()
  event('event_stream_attached', {})
  reading.stop()
  event('status_update_event', { taskId: 't', taskStatus: 'TASK_KILLED' })
  await clock.advance(60_000)
  assert.deepEqual(asked, ['0 all'])
  assert.deepEqual([sink.snapshots.length, sink.ending.length, clock.waiting], [0, 0, 0])
})
