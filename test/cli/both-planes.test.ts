import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePorts } from '../../bench/free-ports.ts'
import { endProcess } from '../../src/plugins/haproxy/apply/master-process.ts'
import { eventually } from '../support/eventually.ts'
import { ask, withoutHaproxy } from '../support/haproxy.ts'
import { startProgram } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

const real = { skip: withoutHaproxy, timeout: 120_000 }

const HOOK = `export const plugin = {
  name: 'mark',
  options: { type: 'object', properties: {}, additionalProperties: false },
  register(app) {
    app.gateway.hooks('mark', {
      async preHandler(request) { request.outgoing.set('X-Hooked', request.ip) }
    })
  }
}`

/** A folder with a configuration in which one route has a hook, and one task that tells of it. */
async function prepare(t: TestContext, haproxy: Readonly<Record<string, string>> = {}) {
  const task = createServer((req, res) => res.end(`hooked: ${req.headers['x-hooked'] ?? 'no'}`))
  task.listen(0, '127.0.0.1')
  await once(task, 'listening')
  t.after(() => void task.close().closeAllConnections())
  const { port: taskPort } = task.address() as { port: number }
  const [port = 0, adminPort = 0] = await freePorts(2)
  const config = {
    plane: 'both',
    plugins: [{ path: 'hook.mjs' }],
    file: { path: 'routes.yaml' },
    proxy: { host: '127.0.0.1', port },
    admin: { port: adminPort },
    shutdown: { delay: '0s', timeout: '5s' },
    haproxy: { folder: 'run', ...haproxy }
  }
  const routes = {
    services: { one: { endpoints: [`127.0.0.1:${taskPort}`] } },
    routes: [
      { hosts: ['plain.test'], service: 'one' },
      { hosts: ['hooked.test'], service: 'one', hooks: 'mark' }
    ]
  }
  // JSON is YAML.
  const folder = await tempFolder(t, {
    'hook.mjs': HOOK,
    'gateway.yaml': JSON.stringify(config),
    'routes.yaml': JSON.stringify(routes)
  })
  return { folder, port, adminPort }
}

const run = (t: TestContext, cwd: string) =>
  startProgram(t, ['run', '--config', 'gateway.yaml'], { cwd })

test('run with plane both: HAProxy listens, and hands on what has a hook', real, async (t) => {
  const { folder, port, adminPort } = await prepare(t)
  const program = run(t, folder)
  await program.said(/front door \(HAProxy\) on port /)
  await program.said(/proxy plane behind HAProxy at .*proxy\.sock/)
  assert.deepEqual(await ask(port, 'plain.test'), { status: 200, body: 'hooked: no' })
  assert.deepEqual(await ask(port, 'hooked.test'), { status: 200, body: 'hooked: 127.0.0.1' })
  const { body } = await ask(adminPort, '127.0.0.1', { path: '/haproxy' })
  const { fallback, notPortable } = JSON.parse(body)
  assert.equal(fallback, join(folder, 'run/proxy.sock'))
  assert.deepEqual(notPortable, [
    {
      route: 'file:hooked.test/',
      reason: 'its hooks (mark) are code; its requests go to the proxy plane'
    }
  ])
  program.process.kill('SIGTERM')
  const { code, err } = await program.ended
  assert.deepEqual({ code, err }, { code: 0, err: '' })
  assert.equal((await ask(port, 'plain.test')).status, 0)
})

test('a gateway that was killed comes back behind the HAProxy it left', real, async (t) => {
  const { folder, port } = await prepare(t)
  const killed = run(t, folder)
  await killed.said(/front door \(HAProxy\) on port /)
  const pid = Number(await readFile(join(folder, 'run/haproxy.pid'), 'utf8'))
  t.after(() => endProcess(pid, 0))
  assert.equal((await ask(port, 'hooked.test')).status, 200)
  killed.process.kill('SIGKILL')
  await killed.ended
  const away = await ask(port, 'hooked.test')
  assert.equal(away.status, 503)
  assert.match(away.body, /GW_PROXY_AWAY/)
  assert.equal((await ask(port, 'plain.test')).status, 200)

  const back = run(t, folder)
  await eventually('the route with a hook is back', async () => {
    const { status, body } = await ask(port, 'hooked.test')
    assert.ok(status === 200 || status === 503, `${status} ${body}`)
    return body === 'hooked: 127.0.0.1'
  })
  await back.said(/front door \(HAProxy\) on port /)
  assert.equal(Number(await readFile(join(folder, 'run/haproxy.pid'), 'utf8')), pid)
  back.process.kill('SIGTERM')
  assert.equal((await back.ended).code, 0)
  assert.equal((await ask(port, 'plain.test')).status, 0)
})

test('a folder whose sockets would have too long paths is one line', real, async (t) => {
  const long = `/tmp/${'f'.repeat(100)}`
  const { folder } = await prepare(t, { folder: long })
  const { code, err } = await run(t, folder).ended
  assert.equal(
    err,
    `plugin haproxy does not start: haproxy.folder ${long} is too long: 105 bytes, 84 at most, so that the paths of sockets in it fit\n`
  )
  assert.equal(code, 1)
})
