import assert from 'node:assert/strict'
import test from 'node:test'
import type { SourceSink } from '../../../src/gateway/source.ts'
import { type EchoTask, startEchoTask } from '../../../src/testing/echo-task.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../../src/testing/memory-source.ts'
import { pluginOf, startGateway } from '../../support/plugin-under-test.ts'

const appAt = (id: string, { id: task, port }: EchoTask) =>
  memoryApp(id, {}, [memoryTask(task, '127.0.0.1', port)])

const settled = () => new Promise(setImmediate)

test('a source of a plugin publishes beside the others, and takes a task out at once', async (t) => {
  const tasks = await Promise.all(['mine.1', 'mine.2'].map((id) => startEchoTask(id)))
  t.after(() => Promise.all(tasks.map((task) => task.close())))
  const source = createMemorySource('mine')
  const gateway = await startGateway(t, {
    plugins: [pluginOf('mine', (host) => host.source(source))],
    apps: [{ id: '/myapp' }]
  })
  const running = tasks.map(({ id, port }) => memoryTask(id, '127.0.0.1', port))
  source.publish([memoryApp('/mine', {}, running)])
  await settled()
  assert.equal((await gateway.request('http://myapp.local/')).status, 200)
  assert.deepEqual(
    gateway.host.status.sources.map(({ name }) => name),
    ['test', 'mine']
  )
  const seen = async () => {
    const names = new Set<string>()
    for (let i = 0; i < 4; i += 1) {
      names.add((await gateway.request('http://mine.local/')).json<{ task: string }>().task)
    }
    return [...names].sort()
  }
  assert.deepEqual(await seen(), ['mine.1', 'mine.2'])
  source.taskEnding('mine.1')
  await settled()
  assert.deepEqual(await seen(), ['mine.2'])
})

test('two sources with an app of one id: who held the host keeps it', async (t) => {
  const [one, two] = await Promise.all(['one', 'two'].map((id) => startEchoTask(id)))
  assert.ok(one && two)
  t.after(() => Promise.all([one.close(), two.close()]))
  const a = createMemorySource('a')
  const b = createMemorySource('b')
  const gateway = await startGateway(t, {
    plugins: [
      pluginOf('both', (host) => {
        host.source(b)
        host.source(a)
      })
    ]
  })
  b.publish([appAt('/myapp', two)])
  await settled()
  a.publish([appAt('/myapp', one)])
  await settled()
  const answer = await gateway.request('http://myapp.local/')
  assert.equal(answer.json<{ task: string }>().task, 'two', 'who held it keeps it')
  const [problem] = gateway.host.problems
  assert.equal(problem?.source, 'a')
  assert.equal(problem?.app, '/myapp')
})

test('a source that fails keeps its last snapshot in force, and says why in the status', async (t) => {
  const task = await startEchoTask('mine.1')
  t.after(() => task.close())
  let sink: SourceSink | undefined
  const asked: string[] = []
  const gateway = await startGateway(t, {
    plugins: [
      pluginOf('bad', (host) =>
        host.source({
          name: 'bad',
          start: () => undefined,
          refresh() {
            throw new Error('no luck')
          }
        })
      ),
      pluginOf('mine', (host) =>
        host.source({
          name: 'mine',
          start: (given) => {
            sink = given
          },
          refresh: (reason) => void asked.push(reason)
        })
      )
    ]
  })
  const nothing = { routes: [], services: [], overrides: [], problems: [] }
  sink?.publish({ source: 'mine', takenAt: 7, apps: [appAt('/mine', task)], ...nothing })
  sink?.failed('the database is away')
  await settled()
  assert.equal((await gateway.request('http://mine.local/')).status, 200)
  const status = gateway.host.status.sources.find(({ name }) => name === 'mine')
  assert.deepEqual(status, {
    ...{ name: 'mine', takenAt: 7, failure: 'the database is away' },
    ...{ stale: false, held: undefined }
  })
  gateway.host.refresh('test')
  assert.deepEqual(asked, ['test'], 'whatever other sources do')
})
