import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { request } from 'undici'
import { freePorts } from '../../bench/free-ports.ts'
import { startBuiltGateway } from '../support/built-gateway.ts'
import { eventually } from '../support/eventually.ts'
import { runToEnd, startProgram } from '../support/program.ts'
import { REFUSING_PORT } from '../support/refusing-ports.ts'
import { startScriptedTask } from '../support/scripted-task.ts'
import { tempFolder } from '../support/temp-folder.ts'

test('run --workers 2: two processes carry the traffic, operators see and change them', async (t) => {
  const task = createServer((_request, response) => response.end('from the task'))
  task.listen(0, '127.0.0.1')
  await once(task, 'listening')
  t.after(() => task.close())
  const { port: taskPort } = task.address() as { port: number }
  const cwd = await tempFolder(t, {
    'routes.yaml': `services: { one: { endpoints: ["127.0.0.1:${taskPort}"] } }\nroutes: [{ hosts: [a.test], service: one }]\n`
  })
  const [port = 0, adminPort = 0] = await freePorts(2)
  const program = startProgram(
    t,
    [
      ...['run', '--file-path', 'routes.yaml', '--workers', '2', '--shutdown-delay', '0'],
      ...['--port', `${port}`, '--admin-port', `${adminPort}`, '--proxy-host', '127.0.0.1']
    ],
    { cwd }
  )
  await program.said(/admin side/)
  let text = ''
  while (text !== 'from the task') {
    const answer = await request(`http://127.0.0.1:${port}/`, { headers: { host: 'a.test' } })
    text = await answer.body.text()
  }
  const admin = `http://127.0.0.1:${adminPort}/workers`
  const seen = (await (await request(admin)).body.json()) as {
    count: number
    workers: { state: string; pid: number; table: string }[]
  }
  assert.equal(seen.count, 2)
  assert.deepEqual(
    seen.workers.map(({ state }) => state),
    ['serving', 'serving']
  )
  assert.equal(new Set(seen.workers.map(({ pid }) => pid)).size, 2)
  assert.ok(seen.workers.every(({ pid }) => pid !== program.process.pid))

  const put = (body: unknown) =>
    request(admin, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
  const refused = await put({ count: 0 })
  assert.equal(refused.statusCode, 400)
  assert.match(await refused.body.text(), /count: must be a whole number from 1 to 64, found 0/)
  const changed = await put({ count: 1 })
  assert.equal(((await changed.body.json()) as { count: number }).count, 1)

  program.process.kill('SIGTERM')
  const { code, err } = await program.ended
  assert.deepEqual({ code, err }, { code: 0, err: '' })
})

test('run --workers 2: what a worker learns of its requests, operators can ask for', async (t) => {
  const task = await startScriptedTask()
  t.after(() => task.close())
  const [port = 0, adminPort = 0] = await freePorts(2)
  const [well, closed] = [`127.0.0.1:${task.port}`, `127.0.0.1:${REFUSING_PORT}`]
  const gateway = await startBuiltGateway({
    config: {
      workers: 2,
      proxy: { host: '127.0.0.1', port, ejection: { after: 1, time: '60s' } },
      admin: { port: adminPort },
      shutdown: { delay: '0', timeout: '1s' }
    },
    routes: {
      services: { both: { endpoints: [well, closed] }, none: { endpoints: [closed] } },
      routes: [
        { host: 'both.test', service: 'both' },
        { host: 'none.test', service: 'none' }
      ]
    }
  })
  t.after(() => gateway.stop())
  const ask = async (host: string) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, { headers: { host } })
    await body.dump()
    return statusCode
  }
  const explained = async (host: string) => {
    const headers = { accept: 'text/plain' }
    const answer = await request(`${gateway.admin}/explain?url=http://${host}/`, { headers })
    return answer.body.text()
  }
  await eventually('a note of the endpoint that refuses', async () => {
    assert.equal(await ask('both.test'), 200)
    return /no requests until .*failed again and again/.test(await explained('both.test'))
  })
  await eventually('the request that failed', async () => {
    assert.equal(await ask('none.test'), 502)
    return /GET .*→ 502 GW_UPSTREAM_REFUSED/.test(await explained('none.test'))
  })
})

test('run --workers 2: when the process that leads them is killed, they end', async (t) => {
  const cwd = await tempFolder(t, { 'routes.yaml': 'routes: []\n' })
  const [port = 0, adminPort = 0] = await freePorts(2)
  const args = ['run', '--file-path', 'routes.yaml', '--workers', '2', '--proxy-host', '127.0.0.1']
  const ports = ['--port', `${port}`, '--admin-port', `${adminPort}`]
  const program = startProgram(t, [...args, ...ports], { cwd })
  await program.said(/admin side/)
  program.process.kill('SIGKILL')
  // Its output closes when the last process that holds it has ended.
  const { code } = await program.ended
  assert.equal(code, null)
})

test('run --workers 2: with HAProxy as the plane it is a usage error in one line', async (t) => {
  const cwd = await tempFolder(t, { 'routes.yaml': 'routes: []\n' })
  const args = ['run', '--file-path', 'routes.yaml', '--workers', '2', '--plane', 'haproxy']
  const { code, err } = await runToEnd(t, args, { cwd })
  assert.equal(
    err,
    '--workers: workers: must be 1 or auto with plane haproxy, where HAProxy carries the traffic, found 2\n'
  )
  assert.equal(code, 1)
})

test('run --workers: neither a number nor auto is refused', async (t) => {
  const cwd = await tempFolder(t, { 'routes.yaml': 'routes: []\n' })
  for (const count of ['0', '65', 'many', '1.5']) {
    const args = ['run', '--file-path', 'routes.yaml', '--workers', count]
    const { code, err } = await runToEnd(t, args, { cwd })
    assert.match(err, /^--workers: workers: must be auto, or a whole number from 1 to 64/)
    assert.equal(err.split('\n').length, 2)
    assert.equal(code, 1)
  }
})

test('worker: alone it says who starts it', async (t) => {
  const { code, err } = await runToEnd(t, ['worker'])
  assert.equal(err, 'a worker is started by run: marathon-gateway run --workers 2\n')
  assert.equal(code, 1)
})
