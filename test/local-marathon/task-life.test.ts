import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createLocalMarathon } from '../../src/local-marathon/create-local-marathon.ts'
import { eventually } from '../support/eventually.ts'
import {
  call,
  localMarathon,
  processExists,
  recordEvents,
  settled,
  startApp
} from '../support/local-marathon.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'local-marathon-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const tasksOf = async (url: string, id = 'shop') =>
  (await call(url, `/v2/apps/${id}/tasks`)).json.tasks

/** Lines that a file holds by now. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n')
  } catch {
    return []
  }
}

test('a task sees HOST, PORT, PORTS, its app and its id, and not the surroundings', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  process.env['LOCAL_MARATHON_SECRET'] = 'x'
  t.after(() => delete process.env['LOCAL_MARATHON_SECRET'])
  const file = join(folder(t), 'env')
  await startApp(url, {
    cmd: `env > ${file}.new; mv ${file}.new ${file}; exec sleep 1000`,
    env: { COLOUR: 'red', SECRET: { secret: 's' } },
    portDefinitions: [{ port: 0, name: 'http' }, { port: 0 }]
  })
  const lines = await eventually('the task writes its env', () => {
    const found = linesOf(file)
    return found.length > 1 && found
  })
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)))
  const [task] = await tasksOf(url)
  assert.equal(env['HOST'], task.host)
  assert.equal(env['PORT'], String(task.ports[0]))
  assert.equal(env['PORT1'], String(task.ports[1]))
  assert.equal(env['PORTS'], task.ports.join(','))
  assert.equal(env['PORT_HTTP'], env['PORT0'])
  assert.equal(env['MARATHON_APP_ID'], '/shop')
  assert.equal(env['MESOS_TASK_ID'], task.id)
  assert.equal(env['COLOUR'], 'red')
  assert.equal(env['SECRET'], undefined)
  assert.equal(env['LOCAL_MARATHON_SECRET'], undefined)
})

test('tasks differ by address', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  await startApp(url, { instances: 4 })
  const tasks = await tasksOf(url)
  const places = new Set(tasks.map((task: { host: string; ports: number[] }) => task.host))
  assert.equal(places.size, 4)
  assert.ok([...places].every((host) => /^127\.0\.\d+\.\d+$/.test(String(host))))
})

test('the events of start, scale, kill, restart and destroy come in the order of Marathon', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const stream = await recordEvents(t, url)
  let seen = 0
  const next = async (last: string) => {
    const all = await eventually(last, () => {
      const found = stream.events.slice(seen)
      return found.some((event) => event.eventType === last) && found
    })
    const end = all.findIndex((event) => event.eventType === last) + 1
    seen += end
    return all.slice(0, end).map((event) => {
      const detail = event['taskStatus'] ?? event['condition']
      return detail === undefined ? event.eventType : `${event.eventType} ${detail}`
    })
  }
  const launched = [
    'instance_changed_event Scheduled',
    'instance_changed_event Provisioned',
    'status_update_event TASK_STAGING',
    'instance_changed_event Staging',
    'status_update_event TASK_STARTING',
    'instance_changed_event Starting',
    'status_update_event TASK_RUNNING',
    'instance_changed_event Running',
    'health_status_changed_event',
    'instance_health_changed_event'
  ]
  const killed = [
    'status_update_event TASK_KILLING',
    'instance_changed_event Killing',
    'status_update_event TASK_KILLED',
    'instance_changed_event Killed'
  ]
  const ended = ['deployment_step_success', 'deployment_success', 'group_change_success']
  const script = `require("http").createServer((q,s)=>s.end("ok")).listen(process.env.PORT,process.env.HOST)`
  const healthChecks = [{ protocol: 'HTTP', path: '/', intervalSeconds: 1, gracePeriodSeconds: 60 }]
  await startApp(url, { cmd: `exec node -e '${script}'`, healthChecks })
  assert.deepEqual(await next('group_change_success'), [
    'event_stream_attached',
    'api_post_event',
    'deployment_info',
    'deployment_step_success',
    'deployment_info',
    ...launched,
    ...ended
  ])
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 0 } })
  assert.deepEqual(await next('group_change_success'), [
    'api_post_event',
    'deployment_info',
    ...killed,
    ...ended
  ])
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 1 } })
  await next('group_change_success')
  await call(url, '/v2/apps/shop/restart', { method: 'POST' })
  assert.deepEqual(await next('group_change_success'), [
    'deployment_info',
    ...launched,
    ...killed,
    ...ended
  ])
  await call(url, '/v2/apps/shop', { method: 'DELETE' })
  assert.deepEqual(await next('group_change_success'), [
    'deployment_info',
    ...killed,
    'app_terminated_event',
    ...ended
  ])
})

test('without the feature flag a killed task says nothing before TASK_KILLED', async (t) => {
  const { url } = await localMarathon(t, { runner: 'simulated', taskKilling: false })
  const stream = await recordEvents(t, url)
  await startApp(url)
  await call(url, '/v2/apps/shop', { method: 'DELETE' })
  await eventually('the app ends', () =>
    stream.events.some((event) => event.eventType === 'app_terminated_event')
  )
  const states = stream.events.flatMap((event) => event['taskStatus'] ?? [])
  assert.deepEqual(states, ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLED'])
})

test('a task that ignores SIGTERM is shown as TASK_KILLING and ends with the grace period', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const file = join(folder(t), 'pid')
  const cmd = `trap '' TERM; echo $$ > ${file}; while true; do sleep 0.1; done`
  await startApp(url, { cmd, taskKillGracePeriodSeconds: 1 })
  const pid = await eventually('the pid', () => Number(linesOf(file)[0]) || undefined)
  const [{ id }] = await tasksOf(url)
  await call(url, `/v2/apps/shop/tasks/${id}?scale=true`, { method: 'DELETE' })
  const killing = (await tasksOf(url))[0]
  assert.equal(killing.state, 'TASK_KILLING')
  assert.equal(killing.ports.length, 1)
  assert.ok(processExists(pid))
  await settled(url)
  assert.deepEqual(await tasksOf(url), [])
  await eventually('the process ends', () => !processExists(pid))
})

test('children get SIGTERM too, and a drain within the grace period is waited for', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const file = join(folder(t), 'log')
  const child = `trap "sleep 0.3; echo drained >> ${file}; exit" TERM; echo ready >> ${file}; while true; do sleep 0.05; done`
  await startApp(url, { cmd: `sh -c '${child}' & wait`, taskKillGracePeriodSeconds: 10 })
  await eventually('the child is ready', () => linesOf(file)[0] === 'ready')
  await call(url, '/v2/apps/shop', { method: 'DELETE' })
  await settled(url)
  assert.deepEqual(linesOf(file), ['ready', 'drained'])
})

test('a crashed task is replaced with growing back-off, seen in queue and last failure', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process', restartBackoffMs: 150 })
  const file = join(folder(t), 'starts')
  const cmd = `date +%s%3N >> ${file}; echo broken >&2; exit 7`
  await call(url, '/v2/apps', {
    method: 'POST',
    body: { id: '/shop', cmd, backoffFactor: 2 }
  })
  const starts = await eventually('four starts', () => {
    const found = linesOf(file)
    return found.length >= 4 && found.map(Number)
  })
  const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
  const [first = 0, second = 0, third = 0] = gaps
  assert.ok(first >= 150 && second >= 300 && third >= 600, `gaps ${gaps}`)
  const { lastTaskFailure } = (await call(url, '/v2/apps/shop')).json.app
  assert.equal(lastTaskFailure.state, 'TASK_FAILED')
  assert.equal(lastTaskFailure.message, 'Command exited with status 7: broken')
  const queued = await eventually('the app waits in the queue', async () => {
    const [item] = (await call(url, '/v2/queue')).json.queue
    return item?.delay.overdue === false && item
  })
  assert.equal(queued.app.id, '/shop')
  assert.equal(queued.count, 1)
  const path = '/v2/queue//shop/delay'
  assert.equal((await call(url, path, { method: 'DELETE' })).status, 204)
  assert.equal((await call(url, '/v2/queue//none/delay', { method: 'DELETE' })).status, 404)
})

test('a task killed from outside is replaced by another', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process', restartBackoffMs: 10 })
  const file = join(folder(t), 'pids')
  await startApp(url, { cmd: `echo $$ >> ${file}; exec sleep 1000` })
  const [before] = await tasksOf(url)
  const pid = await eventually('the pid', () => Number(linesOf(file)[0]) || undefined)
  process.kill(pid, 'SIGKILL')
  const after = await eventually('another task runs', async () => {
    const [task] = await tasksOf(url)
    return task?.state === 'TASK_RUNNING' && task.id !== before.id && task
  })
  assert.notEqual(after.id, before.id)
})

test('an image without an engine and without a command is a failing task that says so', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const container = { type: 'DOCKER', docker: { image: 'example/none' } }
  await call(url, '/v2/apps', { method: 'POST', body: { id: '/shop', container } })
  const failure = await eventually(
    'the task fails',
    async () => (await call(url, '/v2/apps/shop')).json.app.lastTaskFailure
  )
  assert.equal(failure.state, 'TASK_FAILED')
  assert.match(failure.message, /no Docker engine answers.*example\/none/)
})

test('close ends every process, also one that ignores SIGTERM and one that just starts', async (t) => {
  const marathon = await createLocalMarathon({ port: 0, runner: 'process' })
  t.after(() => marathon.close())
  const { url } = marathon
  const file = join(folder(t), 'pids')
  const cmd = `trap '' TERM; echo $$ >> ${file}; while true; do sleep 0.1; done`
  await startApp(url, { cmd, instances: 3, taskKillGracePeriodSeconds: 1 })
  const pids = await eventually('three pids', () => {
    const found = linesOf(file)
    return found.length === 3 && found.map(Number)
  })
  await call(url, '/v2/apps/shop', { method: 'PUT', body: { instances: 5 } })
  await marathon.close()
  const left = [...new Set([...pids, ...linesOf(file).map(Number)])].filter(processExists)
  assert.deepEqual(left, [])
  await assert.rejects(call(url, '/ping'))
})

test('tasks do not outlive a Marathon that is killed', async (t) => {
  const file = join(folder(t), 'pids')
  const cmd = `echo $$ >> ${file}; exec sleep 1000`
  const body = { id: '/shop', cmd, instances: 3 }
  const source = new URL('../../src/local-marathon/create-local-marathon.ts', import.meta.url)
  const script = `
    import { createLocalMarathon } from '${source.href}'
    const { url } = await createLocalMarathon({ port: 0, runner: 'process' })
    const headers = { 'content-type': 'application/json' }
    await fetch(url + '/v2/apps', { method: 'POST', headers, body: process.argv[1] })
    console.log(url)`
  const words = ['--import', 'tsx', '--input-type=module', '-e', script, JSON.stringify(body)]
  const marathon = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => marathon.kill('SIGKILL'))
  const [line] = await once(marathon.stdout.setEncoding('utf8'), 'data')
  // A task that is not yet known to run may not be known to its guard either.
  await settled(String(line).trim())
  const pids = await eventually('three tasks', () => {
    const found = linesOf(file)
    return found.length === 3 && found.map(Number)
  })
  marathon.kill('SIGKILL')
  await eventually('all ended', () => !pids.some(processExists))
})

test('a taken port is EADDRINUSE', async (t) => {
  const { port } = await localMarathon(t, { runner: 'simulated' })
  await assert.rejects(createLocalMarathon({ port }), { code: 'EADDRINUSE' })
})

test('a port that the app requires is given, and a taken one fails the task', async (t) => {
  const { url } = await localMarathon(t, { runner: 'process' })
  const blocker = createServer().listen(0, '0.0.0.0')
  await once(blocker, 'listening')
  const { port } = blocker.address() as AddressInfo
  const body = { id: '/shop', cmd: 'sleep 1000', requirePorts: true, portDefinitions: [{ port }] }
  await call(url, '/v2/apps', { method: 'POST', body })
  const failure = await eventually(
    'the task fails',
    async () => (await call(url, '/v2/apps/shop')).json.app.lastTaskFailure
  )
  assert.match(failure.message, /which the app requires, is taken/)
  blocker.close()
  const task = await eventually('the task runs', async () => (await tasksOf(url))[0])
  assert.deepEqual(task.ports, [port])
})

test('ten thousand simulated tasks start, list and end', async (t) => {
  const { url } = await localMarathon(t, { runner: 'simulated' })
  await startApp(url, { instances: 10_000 })
  const { json } = await call(url, '/v2/apps?embed=apps.tasks')
  assert.equal(json.apps[0].tasks.length, 10_000)
  await call(url, '/v2/apps/shop', { method: 'DELETE' })
  await settled(url)
})

test('simulated addresses come from a function or from the env of the app', async (t) => {
  const made = await localMarathon(t, {
    runner: 'simulated',
    simulatedAddress: (_app, number) => ({ host: `10.0.0.${number}`, ports: [80] })
  })
  await startApp(made.url, { instances: 2 })
  const hosts = (await tasksOf(made.url)).map((task: { host: string }) => task.host)
  assert.deepEqual(hosts.sort(), ['10.0.0.0', '10.0.0.1'])
  const { url } = await localMarathon(t, { runner: 'simulated' })
  await startApp(url, { env: { SIMULATED_HOST: '10.9.9.9', SIMULATED_PORTS: '81,82' } })
  const [task] = await tasksOf(url)
  assert.deepEqual([task.host, task.ports], ['10.9.9.9', [81, 82]])
})
