import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { request } from 'undici'
import { freePorts } from '../../bench/free-ports.ts'
import { endProcess, readPidFile } from '../../src/plugins/haproxy/apply/master-process.ts'
import { eventually } from '../support/eventually.ts'
import { type FakeMarathon, startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd, startProgram } from '../support/program.ts'
import { noHaproxy } from '../support/rendered-haproxy.ts'
import { tempFolder } from '../support/temp-folder.ts'

const HASH = '$5$somesalt$BY2M0Tw/b.yijagFoMZoeHEQSuk9iqvGNX/dBDdRp8A'

function appOf(name: string, tasks: number, labels: object = {}, port = 0) {
  return {
    id: `/${name}`,
    instances: tasks,
    labels: { 'gateway.hosts': `${name}.test`, ...labels },
    portDefinitions: [{ port, protocol: 'tcp' }],
    tasks: Array.from({ length: tasks }, (_, at) => ({
      id: `${name}.${at + 1}`,
      host: '127.0.0.1',
      ports: [31_000 + at],
      state: 'TASK_RUNNING'
    }))
  }
}

async function stage(t: TestContext) {
  const undo: (() => Promise<void>)[] = []
  // First of all hooks: a gateway that still runs would start HAProxy again, in a folder that is gone.
  t.after(async () => {
    for (const end of undo) await end()
  })
  const marathon = await startFakeMarathon()
  t.after(() => marathon.stop())
  const [port = 0, other = 0, admin = 0, free = 0] = await freePorts(4)
  const cwd = await tempFolder(t)
  const folder = join(cwd, 'haproxy')
  const files = { binary: 'haproxy', folder, configFile: 'haproxy.cfg' }
  const endHaproxy = async () => {
    const pid = await readPidFile(files)
    if (pid !== undefined) await endProcess(pid, 0)
  }
  const env = {
    GATEWAY_MARATHON_URLS: marathon.url,
    GATEWAY_PLANE: 'haproxy',
    GATEWAY_PROXY_PORT: String(port),
    GATEWAY_PROXY_HOST: '127.0.0.1',
    GATEWAY_ADMIN_PORT: String(admin),
    GATEWAY_SHUTDOWN_DELAY: '0',
    GATEWAY_HAPROXY_FOLDER: folder,
    GATEWAY_HAPROXY_STOP_WITH_GATEWAY: 'false',
    GATEWAY_HAPROXY_SERVICE_PORTS: 'true',
    GATEWAY_HAPROXY_RELOAD_EVERY: '1s'
  }
  const diff = (...args: readonly string[]) =>
    runToEnd(t, ['render', 'haproxy', '--diff', ...args], { cwd, env })
  const startGateway = () => {
    const gateway = startProgram(t, ['run'], { cwd, env })
    undo.push(async () => {
      gateway.process.kill('SIGKILL')
      await gateway.ended
      await endHaproxy()
    })
    return gateway
  }
  return { marathon, cwd, env, admin, diff, other, free, startGateway, endHaproxy }
}

/** Publishes apps and waits until HAProxy has them. */
async function inForce(marathon: FakeMarathon, admin: number, apps: readonly object[]) {
  marathon.apps = apps
  marathon.send({ eventType: 'api_post_event' })
  const ask = async (path: string) =>
    (await request(`http://127.0.0.1:${admin}${path}`)).body.text().catch(() => '')
  const names = apps.map((app) => `/${(app as { id: string }).id.slice(1)} `)
  await eventually('the apps are in force', async () => {
    const map = await ask('/_haproxy_getappmap').catch(() => '')
    return (
      names.every((name) => map.includes(name)) &&
      (await ask('/haproxy')).includes('"settled":true')
    )
  })
}

test('render haproxy --diff: none for an HAProxy in step; what came while the gateway was away', {
  skip: noHaproxy
}, async (t) => {
  const { marathon, cwd, env, admin, diff, other, free, startGateway, endHaproxy } = await stage(t)
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const { port: busy } = taken.address() as { port: number }
  const apps = [
    appOf('shop', 2, { 'gateway.sticky': 'true' }, free),
    appOf('safe', 1, { 'gateway.auth': `safe:eve:${HASH}` }),
    appOf('busy', 1, {}, busy)
  ]
  const gateway = startGateway()
  await gateway.said(/admin side on port/)
  await inForce(marathon, admin, apps)
  // The last one takes a spare, and is in no file yet.
  await inForce(marathon, admin, [...apps, appOf('late', 1)])
  assert.ok(readFileSync(join(cwd, 'haproxy/haproxy.cfg'), 'utf8').includes(HASH))
  const same = await diff()
  assert.match(same.out, /^compared with HAProxy \d.*, process \d+\nno difference\n$/)
  assert.deepEqual([same.code, same.err], [0, ''])

  gateway.process.kill('SIGTERM')
  await gateway.ended
  marathon.apps = [
    appOf('shop', 3, { 'gateway.sticky': 'true' }, free),
    ...apps.slice(1),
    appOf('late', 1)
  ]
  const scaled = await diff()
  assert.match(
    scaled.out,
    /\nbackends\n {2}~ marathon:shop:0\n {4}\+ server [0-9a-f]{16} 127\.0\.0\.1:31002 weight 1 .*\n {2}~ marathon:shop:0__tcp\n {4}\+ .*\nno reload is needed: commands are enough\n$/
  )
  assert.deepEqual([scaled.code, scaled.err], [1, ''])

  const moved = await runToEnd(t, ['render', 'haproxy', '--diff', '--json'], {
    cwd,
    env: { ...env, GATEWAY_PROXY_PORT: String(other), GATEWAY_ROUTING_DOMAINS: 'x.test' }
  })
  const { structure, reload, backends } = JSON.parse(moved.out)
  assert.equal(reload, 'lines outside of backends have changed')
  assert.equal(structure[0].header, 'frontend gateway.front from gateway.http')
  assert.ok(structure[0].lines.some((line: string) => line.startsWith(`+bind 127.0.0.1:${other} `)))
  assert.equal(backends.length, 2)

  await endHaproxy()
  const files = await diff()
  assert.match(files.out, /^no HAProxy runs; compared with .*haproxy\.cfg\nbackends\n/)
  // Written meanwhile, if the machine is slow.
  const isWritten = /^backend marathon:late:0 /m.test(
    readFileSync(join(cwd, 'haproxy/haproxy.cfg'), 'utf8')
  )
  assert.equal(/\n {2}\+ marathon:late:0 .*\n/.test(files.out), !isWritten)
  assert.match(files.out, /\nHAProxy would get all of this at its start\n$/)
  assert.doesNotMatch(files.out, /somesalt/)
  assert.equal(files.code, 1)
})

test('render haproxy --diff: nothing to compare with, one line and exit code 1', async (t) => {
  const { marathon, diff, cwd } = await stage(t)
  marathon.apps = [appOf('shop', 1)]
  const { code, out, err } = await diff('--folder', join(cwd, 'none'))
  assert.deepEqual([code, out], [1, ''])
  assert.match(
    err,
    /^nothing to compare with: no haproxy\.cfg in .*none, and no HAProxy answers at .*\n$/
  )
})

test('render haproxy --diff: files that `--out` wrote are the same; other apps are not', async (t) => {
  const { marathon, diff, cwd, env } = await stage(t)
  marathon.apps = [appOf('shop', 1)]
  const made = join(cwd, 'made')
  const written = await runToEnd(t, ['render', 'haproxy', '--out', made], { cwd, env })
  assert.equal(written.code, 0)
  const same = await diff('--folder', 'made')
  assert.match(same.out, /^no HAProxy runs; compared with .*made\/haproxy\.cfg\nno difference\n$/)
  assert.equal(same.code, 0)
  marathon.apps = []
  const gone = await diff('--folder', 'made')
  assert.match(
    gone.out,
    /\n {2}- marathon:shop:0\n {4}- server .*\n(.*\n)*routes\.map\n {2}- shop\.test\/ /
  )
  assert.equal(gone.code, 1)
})

test('render haproxy: without a Marathon it is no empty table', async (t) => {
  const { code, out, err } = await runToEnd(t, ['render', 'haproxy', '--diff'])
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /^nothing to route to: /)
})

const refused = [
  { args: ['--diff', '--out', 'x'], err: '--diff and --out: one of them at most\n' },
  { args: ['--folder', 'x'], err: '--folder is for --diff only\n' },
  { args: ['--json'], err: '--json is for --diff only\n' }
]

for (const { args, err } of refused) {
  test(`render haproxy ${args.join(' ')}: exit code 2`, async (t) => {
    const ended = await runToEnd(t, ['render', 'haproxy', ...args])
    assert.deepEqual([ended.code, ended.err], [2, err])
  })
}
