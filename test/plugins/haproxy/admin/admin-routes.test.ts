import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import supertest from 'supertest'
import { readPidFile } from '../../../../src/plugins/haproxy/apply/master-process.ts'
import { memoryApp } from '../../../../src/testing/memory-source.ts'
import { eventually } from '../../../support/eventually.ts'
import { withoutHaproxy } from '../../../support/haproxy.ts'
import { echoTasks, runningTasks, startHaproxyPlane } from '../../../support/haproxy-plane.ts'

const skip = withoutHaproxy
const token = 's3cret'

/** HAProxy serves `/myapp`, and everything is in force. */
async function running(t: TestContext) {
  const plane = await startHaproxyPlane(t, { token, spares: 2 })
  const tasks = runningTasks(await echoTasks(t, 'myapp', 2))
  const shop = memoryApp('/shop', { 'gateway.hosts': 'shop.test,*.shop.test' }, tasks)
  const apps = [memoryApp('/myapp', { 'gateway.hosts': 'myapp.test' }, tasks), shop]
  plane.source.publish(apps)
  const ask = (path: string) => supertest(plane.admin).get(path).auth('operator', token)
  const settled = () =>
    eventually('all is in force', async () => (await ask('/haproxy')).body.settled === true)
  await settled()
  return { ...plane, tasks, apps, ask, settled }
}

test('/haproxy?stats is HAProxy’s page, and only it can be read there', { skip }, async (t) => {
  const { admin, ask, folder } = await running(t)
  const page = await ask('/haproxy?stats')
    .expect(200)
    .expect('content-type', /^text\/html/)
  assert.match(page.text, /Statistics Report for HAProxy/)
  assert.match(page.text, /name="test:myapp:0"/)
  const own = /^(\/haproxy\?stats|#|data:|http:\/\/www\.haproxy\.org\/)/
  const links = [...page.text.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link)
  assert.deepEqual(
    links.filter((link) => !own.test(link)),
    []
  )
  assert.doesNotMatch(page.text, /<input type="submit"|<select name=action/)
  const csv = await ask('/haproxy?stats;csv').expect(200).expect('content-type', 'text/plain')
  assert.match(csv.text, /^# pxname,svname,.*\n(.*\n)*test:myapp:0,e-[0-9a-f]{16},/)
  await ask('/haproxy?stats;up;norefresh').expect(200)
  await ask('/haproxy?stats;a%0d%0ab').expect(400, {
    message: 'not a query of the statistics page'
  })
  await supertest(admin).get('/haproxy?stats').expect(401)
  await supertest(admin).post('/haproxy?stats').auth('operator', token).send('s=a').expect(404)
  assert.equal(statSync(join(folder, 'stats.sock')).mode & 0o777, 0o600)
})

test('/metrics: the exporter’s text, then what the gateway did', { skip }, async (t) => {
  const { ask, admin } = await running(t)
  const { text } = await ask('/metrics')
    .expect(200)
    .expect('content-type', /^text\/plain; version=0\.0\.4/)
  const at = (pattern: RegExp) => text.search(pattern)
  assert.ok(at(/^haproxy_process_nbthread \d/m) >= 0, 'this HAProxy has the exporter')
  assert.ok(at(/^marathon_gateway_haproxy_starts_total 1$/m) > at(/^haproxy_process_nbthread/m))
  assert.deepEqual(
    [...text.matchAll(/^marathon_gateway_haproxy_(\w+) \d+$/gm)].map(([, name]) => name),
    ['reloads_total', 'starts_total', 'repairs_total', 'refusals_total', 'failing', 'settled']
  )
  assert.match(text, /^marathon_gateway_haproxy_settled 1$/m)
  assert.match(text, /^[^\n]+\n(?:[^\n]+\n)*$/, 'lines only, each with its end')
  const global = await ask('/metrics?scope=global').expect(200)
  assert.doesNotMatch(global.text, /^haproxy_frontend_/m)
  assert.match(global.text, /^marathon_gateway_haproxy_settled 1$/m)
  await ask('/metrics?a=%20b').expect(400)
  await supertest(admin).get('/metrics').expect(401)
})

test('/_haproxy_getconfig: the file in force, without passwords', { skip }, async (t) => {
  const { ask, admin, folder } = await running(t)
  const file = join(folder, 'haproxy.cfg')
  const config = await ask('/_haproxy_getconfig')
    .expect(200)
    .expect('content-type', /^text\/plain/)
  assert.equal(config.text, readFileSync(file, 'utf8'))
  const users =
    'userlist u\n  user a password $5$salt$hash groups g\n  user b insecure-password s\n'
  await appendFile(file, users)
  const { text } = await ask('/_haproxy_getconfig').expect(200)
  assert.ok(
    text.endsWith('  user a password (hidden) groups g\n  user b insecure-password (hidden)\n')
  )
  await supertest(admin).get('/_haproxy_getconfig').expect(401)
})

test('/_haproxy_getvhostmap and /_haproxy_getappmap: with the sections that HAProxy runs', {
  skip
}, async (t) => {
  const { ask, source, tasks, apps, settled } = await running(t)
  const hosts = await ask('/_haproxy_getvhostmap')
    .expect(200)
    .expect('content-type', /^text\/plain/)
  assert.equal(
    hosts.text,
    '*.shop.test test:shop:0\nmyapp.test test:myapp:0\nshop.test test:shop:0\n'
  )
  assert.equal(
    (await ask('/_haproxy_getappmap').expect(200)).text,
    '/myapp test:myapp:0\n/shop test:shop:0\n'
  )
  const paths = { 'gateway.hosts': 'new.test,new.test/api' }
  source.publish([...apps, memoryApp('/new', paths, tasks)])
  await eventually('the new app is served', async () =>
    (await ask('/_haproxy_getvhostmap')).text.includes('new.test')
  )
  await settled()
  const spare = /^(?:gateway\.spare-[0-9a-f]+-1|test:new:0__gateway\.kind-[0-9a-f]+)$/
  const line = (text: string, key: string) =>
    text
      .split('\n')
      .find((one) => one.startsWith(`${key} `))
      ?.slice(key.length + 1) ?? ''
  const { text } = await ask('/_haproxy_getvhostmap').expect(200)
  assert.match(line(text, 'new.test'), spare)
  assert.match(line((await ask('/_haproxy_getappmap')).text, '/new'), spare)
  assert.doesNotMatch(text, /\/api/)
})

test('/_haproxy_health_check: without a token, 503 while HAProxy is down', { skip }, async (t) => {
  const { admin, ask, folder } = await running(t)
  const check = () => supertest(admin).get('/_haproxy_health_check')
  await check().expect(200, { status: 'up' })
  const pid = await readPidFile({ binary: 'haproxy', folder, configFile: 'haproxy.cfg' })
  assert.ok(pid !== undefined)
  process.kill(pid, 'SIGSTOP')
  // A stopped master starts no worker in the place of the one that ends.
  const worker = (await ask('/haproxy')).body.worker
  process.kill(worker, 'SIGKILL')
  await eventually('HAProxy is down', async () => (await check()).status === 503)
  await check().expect(503, { status: 'down' })
  await ask('/haproxy?stats').expect(503, { message: 'HAProxy does not answer' })
  const { text } = await ask('/metrics').expect(200)
  assert.match(text, /^# HELP marathon_gateway_haproxy_reloads_total/)
})

test('before a table: no configuration, and no stack', { skip }, async (t) => {
  const { admin, folder } = await startHaproxyPlane(t)
  assert.equal(existsSync(join(folder, 'haproxy.cfg')), false)
  await supertest(admin)
    .get('/_haproxy_getconfig')
    .expect(503, { message: 'HAProxy has no configuration yet' })
  await supertest(admin).get('/_haproxy_health_check').expect(503)
  await supertest(admin).get('/haproxy?stats').expect(503)
  await supertest(admin).get('/_haproxy_getvhostmap').expect(200, '')
})
