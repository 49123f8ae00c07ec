import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { call, localMarathon, recordEvents, settled, startApp } from '../support/local-marathon.ts'
import { switchTask } from '../support/switch-task.ts'

const CHECK = {
  protocol: 'HTTP',
  path: '/health',
  gracePeriodSeconds: 60,
  intervalSeconds: 0.1,
  timeoutSeconds: 5,
  maxConsecutiveFailures: 0
}

const appOf = async (url: string) => (await call(url, '/v2/apps/shop?embed=app.readiness')).json.app

describe('health checks are performed', () => {
  const listen = `require("net").createServer().listen(process.env.PORT,process.env.HOST)`
  const cases = [
    { name: 'TCP', check: { protocol: 'TCP' }, cmd: `exec node -e '${listen}'` },
    { name: 'MESOS_TCP', check: { protocol: 'MESOS_TCP' }, cmd: `exec node -e '${listen}'` },
    {
      name: 'COMMAND with the env of the task',
      check: { protocol: 'COMMAND', command: { value: 'test -n "$PORT0"' } },
      cmd: 'sleep 1000'
    }
  ]
  for (const { name, check, cmd } of cases) {
    it(name, async (t) => {
      const { url } = await localMarathon(t)
      await startApp(url, { cmd, healthChecks: [{ ...CHECK, path: undefined, ...check }] })
      const app = await appOf(url)
      assert.equal(app.tasksHealthy, 1)
      const [result] = app.tasks[0].healthCheckResults
      assert.equal(result.alive, true)
      assert.equal(result.consecutiveFailures, 0)
      assert.ok(result.firstSuccess <= result.lastSuccess)
      assert.equal(result.instanceId, app.tasks[0].id.replace('._app.1', ''))
    })
  }
})

test('a check that begins to fail flips the task, and flips it back', async (t) => {
  const { url } = await localMarathon(t)
  const task = switchTask(t)
  await startApp(url, { cmd: task.cmd, healthChecks: [CHECK] })
  const stream = await recordEvents(t, url)
  task.set('/health', 500)
  const failing = await eventually('the task is unhealthy', async () => {
    const app = await appOf(url)
    return app.tasksUnhealthy === 1 && app
  })
  const [result] = failing.tasks[0].healthCheckResults
  assert.deepEqual([result.alive, result.lastFailureCause], [false, '500'])
  assert.ok(result.consecutiveFailures > 0)
  task.set('/health', 200)
  await eventually('the task is healthy', async () => (await appOf(url)).tasksHealthy === 1)
  const types = await eventually('both flips', () => {
    const found = stream.events.filter((event) =>
      /^(health_status|instance_health)/.test(event.eventType)
    )
    return found.length >= 4 && found
  })
  assert.deepEqual(
    types.map((event) => [event.eventType, event['alive'] ?? event['healthy']]),
    [
      ['health_status_changed_event', false],
      ['instance_health_changed_event', false],
      ['health_status_changed_event', true],
      ['instance_health_changed_event', true]
    ]
  )
  assert.ok(stream.events.some((event) => event.eventType === 'failed_health_check_event'))
})

test('within the grace period a young task reports nothing', async (t) => {
  const { url } = await localMarathon(t)
  const task = switchTask(t, { '/health': 503 })
  const body = { id: '/shop', cmd: task.cmd, healthChecks: [CHECK] }
  await call(url, '/v2/apps', { method: 'POST', body })
  await eventually('the task runs', async () => (await appOf(url)).tasksRunning === 1)
  assert.deepEqual((await appOf(url)).tasks[0].healthCheckResults, [])
  assert.equal((await call(url, '/v2/deployments')).json.length, 1)
  task.set('/health', 200)
  await settled(url)
  assert.equal((await appOf(url)).tasksHealthy, 1)
})

test('after maxConsecutiveFailures the task is killed and replaced', async (t) => {
  const { url } = await localMarathon(t)
  const task = switchTask(t)
  await startApp(url, { cmd: task.cmd, healthChecks: [{ ...CHECK, maxConsecutiveFailures: 2 }] })
  const stream = await recordEvents(t, url)
  const [{ id }] = (await appOf(url)).tasks
  task.set('/health', 404)
  const kill = await eventually('the kill', () =>
    stream.events.find((event) => event.eventType === 'unhealthy_instance_kill_event')
  )
  assert.deepEqual([kill['taskId'], kill['reason']], [id, '404'])
  task.set('/health', 200)
  await eventually('another healthy task', async () => {
    const app = await appOf(url)
    return app.tasksHealthy === 1 && app.tasks.length === 1 && app.tasks[0].id !== id
  })
})

const READY = {
  name: 'warm',
  protocol: 'HTTP',
  path: '/ready',
  portName: 'http',
  intervalSeconds: 0.1,
  timeoutSeconds: 5,
  preserveLastResponse: true
}

test('readiness is asked during a deployment only, and holds it up', async (t) => {
  const { url } = await localMarathon(t)
  const task = switchTask(t, { '/ready': 503 })
  const app = {
    id: '/shop',
    cmd: task.cmd,
    portDefinitions: [{ port: 0, name: 'http' }],
    readinessChecks: [READY]
  }
  await call(url, '/v2/apps', { method: 'POST', body: app })
  const waiting = await eventually('a result', async () => {
    const found = await appOf(url)
    return found.readinessCheckResults[0]?.lastResponse && found
  })
  const [result] = waiting.readinessCheckResults
  assert.deepEqual(
    [
      result.name,
      result.ready,
      result.taskId,
      result.lastResponse.status,
      result.lastResponse.body
    ],
    ['warm', false, waiting.tasks[0].id, 503, 'status 503']
  )
  const [deployment] = (await call(url, '/v2/deployments')).json
  assert.equal(deployment.currentActions[0].action, 'ScaleApplication')
  assert.equal(deployment.currentActions[0].readinessCheckResults[0].ready, false)
  task.set('/ready', 200)
  await settled(url)
  assert.deepEqual((await appOf(url)).readinessCheckResults, [])
})

test('a rolling restart keeps minimum capacity and stays within maximum', async (t) => {
  const { url } = await localMarathon(t, { taskKilling: false })
  const task = switchTask(t)
  const instances = 4
  await startApp(url, {
    cmd: task.cmd,
    instances,
    healthChecks: [CHECK],
    upgradeStrategy: { minimumHealthCapacity: 0.75, maximumOverCapacity: 0.25 }
  })
  const old = (await appOf(url)).tasks.map((found: { id: string }) => found.id)
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { labels: { v: '2' } } })
  let [least, most] = [instances, instances]
  await eventually('the end of the restart', async () => {
    const app = await appOf(url)
    least = Math.min(least, app.tasksHealthy)
    most = Math.max(most, app.tasks.length)
    return app.deployments.length === 0
  })
  const fresh = (await appOf(url)).tasks.map((found: { id: string }) => found.id)
  assert.equal(fresh.length, instances)
  assert.ok(fresh.every((id: string) => !old.includes(id)))
  assert.ok(least >= 3, `fewest healthy tasks: ${least}`)
  assert.equal(most, 5)
})

test('a restart whose tasks never get healthy keeps the old ones, and can be rolled back', async (t) => {
  const { url } = await localMarathon(t)
  const [good, bad] = [switchTask(t), switchTask(t, { '/health': 500 })]
  await startApp(url, { cmd: good.cmd, instances: 2, healthChecks: [CHECK] })
  const before = (await appOf(url)).tasks.map((task: { id: string }) => task.id).sort()
  const { json } = await call(url, '/v2/apps/shop', { method: 'PUT', body: { cmd: bad.cmd } })
  await eventually('new tasks beside the old', async () => (await appOf(url)).tasksRunning === 4)
  assert.equal((await appOf(url)).tasksHealthy, 2)
  const path = `/v2/deployments/${json.deploymentId}`
  const undo = await call(url, path, { method: 'DELETE' })
  assert.equal(undo.status, 200)
  assert.notEqual(undo.json.deploymentId, json.deploymentId)
  await settled(url)
  const after = await appOf(url)
  assert.equal(after.cmd, good.cmd)
  assert.equal(after.tasksHealthy, 2)
  assert.deepEqual(after.tasks.map((task: { id: string }) => task.id).sort(), before)
  assert.equal((await call(url, path, { method: 'DELETE' })).status, 404)
})

test('scaling down ends the youngest first, or the oldest', async (t) => {
  for (const [killSelection, kept] of [
    ['YOUNGEST_FIRST', 0],
    ['OLDEST_FIRST', 1]
  ] as const) {
    const { url } = await localMarathon(t, { runner: 'simulated' })
    await startApp(url, { killSelection })
    const [first] = (await appOf(url)).tasks
    await new Promise((resolve) => setTimeout(resolve, 5))
    await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 2 } })
    await settled(url)
    const both = (await appOf(url)).tasks.map((task: { id: string }) => task.id)
    assert.equal(both[0], first.id)
    await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 1 } })
    await settled(url)
    assert.equal((await appOf(url)).tasks[0].id, both[kept])
  }
})
