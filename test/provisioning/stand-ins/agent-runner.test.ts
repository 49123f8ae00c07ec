import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { AgentRunner } from '../../../provisioning/rehearsal/stand-ins/marathon/agent-runner.ts'
import type {
  AgentView,
  Order,
  TaskReport
} from '../../../provisioning/rehearsal/stand-ins/mesos/messages.ts'
import { definitionOf } from '../../../src/local-marathon/definition-input.ts'
import type { TaskEnd } from '../../../src/local-marathon/task-runner.ts'
import { eventually } from '../../support/eventually.ts'

/** A master with one agent that does nothing by itself. */
function cluster(t: TestContext) {
  const orders: Order[] = []
  const state = { reachable: true, tasks: [] as TaskReport[], now: 1_000_000 }
  const agent = (): AgentView => ({
    id: 'a',
    hostname: '192.0.2.11',
    port: 5051,
    portRanges: [[31_000, 31_009]],
    attributes: '',
    reachable: state.reachable,
    tasks: state.tasks
  })
  const runner = new AgentRunner({
    mesos: {
      agents: async () => [agent()],
      order: async (_hostname, order) => void orders.push(order)
    },
    random: () => 0,
    now: () => state.now,
    log: () => undefined
  })
  const stop = new AbortController()
  void runner.follow(stop.signal)
  t.after(() => stop.abort())
  return { runner, orders, state }
}

const definition = definitionOf(
  {
    networks: [{ mode: 'container/bridge' }],
    container: { docker: { image: 'r/shop' }, portMappings: [{ containerPort: 80 }] }
  },
  '/shop',
  () => 10_000
)
const spec = { taskId: 'shop.1', instanceId: 'shop.i', definition, version: 'v' }

async function launched(t: TestContext) {
  const agents = cluster(t)
  const seen: { ip?: string | undefined; end?: TaskEnd } = {}
  const placement = await agents.runner.place(spec)
  const task = agents.runner.start(spec, placement, {
    running: (ip) => {
      seen.ip = ip
    },
    ended: (end) => {
      seen.end = end
    }
  })
  const report: TaskReport = {
    taskId: 'shop.1',
    state: 'RUNNING',
    ip: '172.17.0.2',
    hostPorts: [31_000]
  }
  agents.state.tasks = [report]
  await eventually('it runs', () => seen.ip === '172.17.0.2')
  return { ...agents, seen, task, placement, report }
}

test('a task is placed, ordered and seen to run', async (t) => {
  const { orders, placement } = await launched(t)
  assert.deepEqual([placement.host, placement.ports], ['192.0.2.11', [31_000]])
  const [order] = orders
  assert.ok(order !== undefined && 'launch' in order)
  assert.equal(order.launch.image, 'r/shop')
  assert.deepEqual(order.launch.ports, [{ host: 31_000, container: 80 }])
  assert.equal(order.launch.env['PORT_80'], '31000')
})

test('a kill is ordered, and the end reported by the agent', async (t) => {
  const { orders, task, state, seen, report } = await launched(t)
  task.kill(5_000)
  assert.deepEqual(orders.at(-1), { kill: 'shop.1', graceMs: 5_000 })
  state.tasks = [{ ...report, state: 'ENDED', exitStatus: 0, message: 'Exited (0)' }]
  await eventually('it ends', () => seen.end !== undefined)
  assert.equal(seen.end?.state, 'TASK_FINISHED')
})

test('a task of an agent that went away has failed', async (t) => {
  const { state, seen } = await launched(t)
  state.reachable = false
  await eventually('it ends', () => seen.end !== undefined)
  assert.match(seen.end?.message ?? '', /unreachable/)
})

test('a task that its agent no longer names has failed after a while', async (t) => {
  const { state, seen } = await launched(t)
  state.tasks = []
  state.now += 20_000
  await eventually('it ends', () => seen.end !== undefined)
  assert.match(seen.end?.message ?? '', /lost the task/)
})

test('a container that nobody knows is killed', async (t) => {
  const { orders, state } = cluster(t)
  state.tasks = [{ taskId: 'stray', state: 'RUNNING', hostPorts: [] }]
  await eventually('the kill', () => orders.some((order) => 'kill' in order))
})

test('a task that was taken over runs on, and ends like any other', async (t) => {
  const { runner, orders, state } = cluster(t)
  state.tasks = [{ taskId: 'shop.1', state: 'RUNNING', hostPorts: [31_000] }]
  const seen: { end?: TaskEnd } = {}
  runner.adopt(
    spec,
    { host: '192.0.2.11', ports: [31_000], release: () => undefined },
    {
      running: () => assert.fail('it ran before'),
      ended: (end) => {
        seen.end = end
      }
    }
  )
  state.tasks = [{ taskId: 'shop.1', state: 'ENDED', exitStatus: 1, hostPorts: [] }]
  await eventually('it ends', () => seen.end !== undefined)
  assert.equal(seen.end?.state, 'TASK_FAILED')
  assert.deepEqual(orders, [])
})
