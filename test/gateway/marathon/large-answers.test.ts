import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { createAppsThread } from '../../../src/gateway/marathon/apps-thread.ts'
import { eventually } from '../../support/eventually.ts'
import { fakeMarathon, startSource } from '../../support/marathon-source.ts'

/** Long enough for a thread: more than the gateway reads by itself. */
const PADDING = 'x'.repeat(3000)

function appsOf(count: number, tasks = 2) {
  return Array.from({ length: count }, (_, at) => ({
    id: `/app-${at}`,
    cmd: PADDING,
    tasks: Array.from({ length: tasks }, (_, task) => ({
      id: `app-${at}.${task}`,
      ports: [31_000]
    }))
  }))
}

async function given(t: TestContext) {
  const marathon = await fakeMarathon(t)
  marathon.apps = appsOf(300)
  const running = startSource(t, { urls: [marathon.url], events: false, lossGuard: false })
  const { sink, source } = running
  await eventually('a snapshot', () => sink.snapshots.length === 1)
  const next = async () => {
    const { length } = sink.snapshots
    source.refresh('test')
    await eventually('another snapshot', () => sink.snapshots.length > length)
    return sink.last()
  }
  return { ...running, marathon, next }
}

test('a large answer is read in full, and an app that did not change is the same object', async (t) => {
  const { marathon, sink, next } = await given(t)
  const first = sink.last()
  assert.equal(first?.apps.length, 300)
  assert.deepEqual(
    first?.apps[7]?.tasks.map(({ id }) => id),
    ['app-7.0', 'app-7.1']
  )

  const same = await next()
  assert.ok(same?.apps.every((app, at) => app === first?.apps[at]))

  const changed = appsOf(300)
  changed.splice(5, 1)
  changed[5] = { ...changed[5], tasks: [{ id: 'app-6.0', ports: [31_000] }] } as never
  marathon.apps = [...changed, { id: '/late' }]
  const later = await next()
  assert.equal(sink.app('/app-5'), undefined)
  assert.equal(sink.app('/app-6')?.tasks.length, 1)
  assert.equal(sink.app('/app-6')?.tasks[0], first?.apps[6]?.tasks[0])
  assert.equal(sink.app('/app-7'), first?.apps[7])
  assert.equal(later?.apps.length, 300)
})

test('a cluster that shrinks and grows again is the cluster that it is', async (t) => {
  const { marathon, sink, next } = await given(t)
  const [first] = sink.snapshots
  marathon.apps = [{ id: '/app-1' }]
  assert.equal((await next())?.apps.length, 1)
  marathon.apps = appsOf(299)
  const last = await next()
  assert.equal(last?.apps.length, 299)
  assert.deepEqual(sink.app('/app-1'), first?.apps[1])
})

test('a large answer is read when it is packed', async (t) => {
  const { marathon, next } = await given(t)
  // Text that doesn't shrink to less than a thread is asked for.
  const apps = appsOf(600).map((app) => ({ ...app, cmd: crypto.randomUUID().repeat(20) }))
  marathon.script = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(gzipSync(JSON.stringify({ apps })))
    return true
  }
  assert.equal((await next())?.apps.length, 600)
})

const faults: readonly { name: string; body: string | Buffer; packed?: true; reason: RegExp }[] = [
  {
    name: 'half of one',
    body: JSON.stringify({ apps: appsOf(300) }).slice(0, -9),
    reason: /no JSON/
  },
  { name: 'one without apps', body: `{"x":"${PADDING.repeat(200)}"}`, reason: /no list "apps"/ },
  {
    name: 'one that is no gzip',
    body: Buffer.alloc(100_000, 7),
    packed: true,
    reason: /gzip and is none/
  },
  {
    name: 'one that unpacks to too much',
    body: gzipSync(Buffer.alloc(300 * 1024 * 1024)),
    packed: true,
    reason: /bigger than the limit/
  }
]

test('the last snapshot stays after a large answer that is no information', async (t) => {
  const { marathon, sink, source, next } = await given(t)
  for (const { name, body, packed, reason } of faults) {
    const { length } = sink.failures
    marathon.script = (_, response) => {
      response.writeHead(200, packed ? { 'content-encoding': 'gzip' } : {})
      response.end(body)
      return true
    }
    source.refresh('test')
    await eventually(`a failure after ${name}`, () => sink.failures.length > length)
    assert.match(sink.failures.at(-1) ?? '', reason)
    assert.equal(sink.snapshots.length, 1)
  }
  marathon.script = () => false
  const last = await next()
  assert.equal(last?.apps[3], sink.snapshots[0]?.apps[3])
})

test('one app that is large by itself is read alone', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.apps = appsOf(300)
  const { sink } = startSource(t, {
    urls: [marathon.url],
    events: true,
    lossGuard: false,
    largeAnswerBytes: 1000
  })
  await eventually('a snapshot', () => sink.snapshots.length > 0 && marathon.streams.size > 0)
  const [big] = appsOf(1, 9000)
  marathon.apps = [big as object]
  marathon.send({ eventType: 'instance_changed_event', runSpecId: '/app-0', instanceId: 'app-0.1' })
  await eventually('all of its tasks', () => sink.app('/app-0')?.tasks.length === 9000)
  assert.equal(sink.app('/app-0')?.tasks[8999]?.id, 'app-0.8999')
})

test('a thread that ends fails what it reads, and another one takes its place', async (t) => {
  const thread = createAppsThread({ source: 'marathon', maxBytes: 1_000_000 })
  t.after(() => thread.close())
  const ends = t.mock.method(Worker.prototype, 'postMessage')
  const answer = () => Buffer.from(JSON.stringify({ apps: [{ id: '/a' }] })) as Buffer<ArrayBuffer>
  const read = () => {
    const carrier = thread.open('all', false)
    carrier.take(Buffer.from(answer()) as Buffer<ArrayBuffer>)
    const anew: boolean[] = []
    return {
      anew,
      end: carrier.read(
        (one) => anew.push(one),
        () => {}
      )
    }
  }
  const first = read()
  await first.end
  const second = read()
  await second.end
  assert.deepEqual([first.anew, second.anew], [[true], [false]])

  const worker = ends.mock.calls.at(-1)?.this as Worker
  void worker.terminate()
  const third = read()
  await assert.rejects(third.end, /the thread that reads large answers ended/)
  const fourth = read()
  await fourth.end
  assert.deepEqual(fourth.anew, [true])
})
