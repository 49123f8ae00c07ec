import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createLocalMarathon } from '../../src/local-marathon/create-local-marathon.ts'
import { savedState } from '../../src/local-marathon/saved-state.ts'
import type { RunCallbacks, TaskRunner } from '../../src/local-marathon/task-runner.ts'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, startApp } from '../support/local-marathon.ts'

/** Tasks that outlive their server, as those on real agents do. */
function outliving() {
  const running = new Map<string, RunCallbacks>()
  const log: string[] = []
  const take = (how: string, taskId: string, on: RunCallbacks) => {
    log.push(how)
    running.set(taskId, on)
    return {
      simulated: true,
      exec: () => Promise.resolve(0),
      kill: () => {
        running.delete(taskId)
        queueMicrotask(() => on.ended({ state: 'TASK_FINISHED', message: '' }))
      }
    }
  }
  const runner: TaskRunner = {
    place: async () => ({ host: '192.0.2.11', ports: [31_005], release: () => undefined }),
    start: ({ taskId }, _placement, on) => {
      queueMicrotask(() => on.running('172.17.0.9'))
      return take('start', taskId, on)
    },
    adopt: ({ taskId }, _placement, on) => take('adopt', taskId, on)
  }
  return { runner, running, log }
}

const tasksAt = async (url: string) => (await call(url, '/v2/apps/shop/tasks')).json.tasks

async function successor(t: TestContext, agents: ReturnType<typeof outliving>) {
  const first = await createLocalMarathon({ port: 0, runner: agents.runner })
  t.after(() => first.close())
  await startApp(first.url, { instances: 2 })
  const before = await tasksAt(first.url)
  const saved = JSON.parse(JSON.stringify(savedState(first.membership.cluster)))
  const second = await localMarathon(t, { runner: agents.runner, restore: saved })
  return { before, second }
}

test('a runner of one’s own places and runs the tasks', async (t) => {
  const { runner } = outliving()
  const { url } = await localMarathon(t, { runner })
  await startApp(url)
  const [task] = await tasksAt(url)
  assert.deepEqual([task.host, task.ports], ['192.0.2.11', [31_005]])
  assert.equal(task.ipAddresses[0].ipAddress, '172.17.0.9')
})

test('a server that restores a state goes on with the same tasks, and can end them', async (t) => {
  const agents = outliving()
  const { before, second } = await successor(t, agents)
  const ids = (tasks: { id: string }[]) => tasks.map(({ id }) => id).sort()
  assert.deepEqual(ids(await tasksAt(second.url)), ids(before))
  assert.deepEqual(agents.log, ['start', 'start', 'adopt', 'adopt'])
  const method = 'PATCH'
  await call(second.url, '/v2/apps/shop', { method, body: { instances: 1 } })
  await eventually('one task', async () => (await tasksAt(second.url)).length === 1)
  assert.equal(agents.running.size, 1)
})

test('a restored task that ends is replaced', async (t) => {
  const agents = outliving()
  const { before, second } = await successor(t, agents)
  const gone = before[0].id
  assert.ok((await tasksAt(second.url)).some(({ id }: { id: string }) => id === gone))
  agents.running.get(gone)?.ended({ state: 'TASK_FAILED', message: 'the agent is gone' })
  await eventually('another task', async () => {
    const tasks = await tasksAt(second.url)
    return tasks.length === 2 && tasks.every(({ id }: { id: string }) => id !== gone)
  })
})

test('tasks of a runner that cannot take over are launched anew', async (t) => {
  const agents = outliving()
  const { adopt: _adopt, ...runner } = agents.runner
  const { before, second } = await successor(t, { ...agents, runner })
  await eventually('two tasks', async () => (await tasksAt(second.url)).length === 2)
  assert.ok(!(await tasksAt(second.url)).some(({ id }: { id: string }) => id === before[0].id))
})

test('a server names itself as it is told to', async (t) => {
  const { runner } = outliving()
  const marathon = await localMarathon(t, { runner, advertise: '192.0.2.1:8080' })
  const real = `http://127.0.0.1:${marathon.port}`
  const { json, headers } = await call(real, '/v2/leader')
  assert.equal(json.leader, '192.0.2.1:8080')
  assert.equal(headers.get('x-marathon-leader'), 'http://192.0.2.1:8080')
})
