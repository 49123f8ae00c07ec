import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import supertest from 'supertest'
import { adminPlugin } from '../../../src/plugins/admin/index.ts'
import { createTestGateway } from '../../../src/testing/create-test-gateway.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../../src/testing/memory-source.ts'
import { startAdmin } from '../../support/admin-under-test.ts'
import { eventually } from '../../support/eventually.ts'
import { pluginOf } from '../../support/plugin-under-test.ts'
import { tempFolder } from '../../support/temp-folder.ts'

const apps = [{ id: '/myapp', tasks: 2, labels: { 'gateway.weight': 'heavy' } }]

test('/routes: each route with its services and their endpoints', async (t) => {
  const { admin } = await startAdmin(t, {}, { apps })
  const { body, headers } = await supertest(admin).get('/routes').expect(200)
  assert.deepEqual(
    body.routes.map((route: { match: { host: string } }) => route.match.host),
    ['myapp.local', 'myapp.localhost']
  )
  const [service] = body.routes[0].services
  assert.equal(service.origin.app, '/myapp')
  assert.equal(service.endpoints.length, 2)
  await supertest(admin)
    .get('/routes')
    .set('if-none-match', headers['etag'] ?? '')
    .expect(304)
})

test('/problems: app, label and reason', async (t) => {
  const { admin } = await startAdmin(t, {}, { apps })
  const { body } = await supertest(admin).get('/problems').expect(200)
  const [problem, ...others] = body.problems
  assert.deepEqual(others, [])
  assert.deepEqual([problem.app, problem.label], ['/myapp', 'gateway.weight'])
})

test('/status: ready, and the age of each source', async (t) => {
  const { admin } = await startAdmin(t, {}, { apps })
  const { body } = await supertest(admin).get('/status').expect(200)
  assert.equal(body.ready, true)
  assert.equal(body.sources[0].name, 'test')
  assert.ok(Date.now() - body.sources[0].takenAt < 60_000)
})

test('/let-go: what is held goes, and other origins and names may not ask for it', async (t) => {
  const { admin } = await startAdmin(t, {}, { apps })
  await supertest(admin).post('/let-go').expect(200, { sources: [] })
  await supertest(admin).post('/let-go').set('origin', 'http://evil.test').expect(403)
  await supertest(admin).post('/let-go').set('host', 'evil.test').expect(421)
  const locked = await startAdmin(t, { token: 'sesame' }, { apps })
  await supertest(locked.admin).post('/let-go').expect(401)
})

test('/explain: as JSON, and as text for a terminal', async (t) => {
  const { admin } = await startAdmin(t, {}, { apps })
  const url = encodeURIComponent('http://MYAPP.local/a?b')
  const { body } = await supertest(admin).get(`/explain?url=${url}`).expect(200)
  assert.equal(body.host, 'myapp.local')
  assert.match(body.route.id, /myapp/)
  const { text } = await supertest(admin)
    .get('/explain?host=nobody.local&path=/a&header=X-A=1')
    .set('accept', 'text/plain')
    .expect(200)
  assert.match(text, /GET \/a {2}Host: nobody\.local/)
})

test('/explain shows the last requests of the route in which an attempt failed', async (t) => {
  const failing = [{ id: '/myapp', answer: (req: IncomingMessage) => void req.socket.destroy() }]
  const { admin, gateway } = await startAdmin(t, {}, { apps: failing })
  for (let at = 0; at < 7; at += 1) await gateway.request(`http://myapp.local/${at}`)
  await eventually('the outcomes', () => gateway.outcomes.length === 7)
  const { body } = await supertest(admin).get('/explain?host=myapp.local').expect(200)
  const requests = body.recent.map(({ request }: { request: string }) => request)
  assert.deepEqual(requests, ['GET /6', 'GET /5', 'GET /4', 'GET /3', 'GET /2'])
  assert.deepEqual([body.recent[0].status, body.recent[0].code], [502, 'GW_UPSTREAM'])
  const { text } = await supertest(admin)
    .get('/explain?host=myapp.local')
    .set('accept', 'text/plain')
    .expect(200)
  assert.match(
    text,
    /Recent failures\n.*GET \/6 {2}→ 502 GW_UPSTREAM\n.* closed \(head, sent \d+ B, read 0 B/
  )
})

for (const [query, sentence] of [
  ['url=myapp.local', '/explain: url: expected http://host/path'],
  ['host=a&path=b', /^\/explain: path: must be/],
  ['hosts=a', /^\/explain: hosts: unknown option; did you mean host\?$/],
  ['host=a&host=b', /^\/explain: host: must be/]
] as const) {
  test(`/explain?${query} is 400 and one sentence`, async (t) => {
    const { admin } = await startAdmin(t)
    const { body } = await supertest(admin).get(`/explain?${query}`).expect(400)
    if (typeof sentence === 'string') assert.equal(body.message, sentence)
    else assert.match(body.message, sentence)
  })
}

test('the page needs nothing from elsewhere, and its policy lets in nothing else', async (t) => {
  const { admin } = await startAdmin(t, {}, { apps })
  const { text, headers } = await supertest(admin).get('/').expect(200)
  const policy = headers['content-security-policy'] ?? ''
  assert.match(policy, /^default-src 'none'; /)
  assert.doesNotMatch(policy, /unsafe|\*/)
  for (const tag of ['style', 'script']) {
    const [, inner = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(text) ?? []
    const hash = createHash('sha256').update(inner).digest('base64')
    assert.ok(inner.length > 100 && policy.includes(`${tag}-src 'sha256-${hash}'`), tag)
  }
  assert.deepEqual(text.match(/(?:src|href)="(?!\/|data:,)[^"]*"/g), null)
  const links = [...text.matchAll(/<a href="([^"]+)"/g)].map(([, path]) => path)
  assert.deepEqual(links, ['/routes', '/problems', '/status', '/healthz', '/readyz'])
  for (const path of links)
    await supertest(admin)
      .get(path ?? '')
      .expect(200)
})

for (const path of ['/', '/routes', '/problems', '/status', '/explain?host=a', '/mine', '/none']) {
  test(`${path} asks for the token, as bearer or as password`, async (t) => {
    const mine = pluginOf('mine', (host) =>
      host.admin('/mine', (admin) => void admin.get('/', async () => ({})))
    )
    const { admin } = await startAdmin(t, { token: 's3cret' }, { plugins: [mine] })
    const ask = () => supertest(admin).get(path)
    const { headers } = await ask().expect(401)
    assert.match(headers['www-authenticate'] ?? '', /^Basic realm="/)
    await ask().set('authorization', 'Bearer wrong').expect(401)
    await ask().auth('anybody', 'wrong').expect(401)
    await ask().set('authorization', 'Digest s3cret').expect(401)
    const found = path === '/none' ? 404 : 200
    await ask().set('authorization', 'Bearer s3cret').expect(found)
    await ask().auth('anybody', 's3cret').expect(found)
  })
}

test('health answers without the token', async (t) => {
  const { admin } = await startAdmin(t, { token: 's3cret' })
  await supertest(admin).get('/healthz').expect(200)
  await supertest(admin).get('/readyz').expect(200)
})

test('the token may stand in a file', async (t) => {
  const folder = await tempFolder(t, { token: 's3cret\n', empty: '\n' })
  const { admin } = await startAdmin(t, { tokenFile: join(folder, 'token') })
  await supertest(admin).get('/routes').expect(401)
  await supertest(admin).get('/routes').auth('a', 's3cret').expect(200)
  const start = (options: object) =>
    createTestGateway({ plugins: [{ plugin: adminPlugin, options: { port: 0, ...options } }] })
  const empty = join(folder, 'empty')
  await assert.rejects(start({ tokenFile: empty }), {
    message: `admin.tokenFile: ${empty} is empty`
  })
  await assert.rejects(start({ tokenFile: empty, token: 'x' }), {
    message: 'admin.token and admin.tokenFile: one of them at most'
  })
})

test('names that are not the operator’s are refused, with or without a token (DNS rebinding)', async (t) => {
  for (const token of ['', 's3cret']) {
    const { admin } = await startAdmin(t, { token, hostNames: ['gateway.example.com'] })
    const ask = (host: string, path = '/status') =>
      supertest(admin).get(path).auth('a', token).set('host', host)
    const known = [
      'localhost',
      'LOCALHOST:9090',
      '127.0.0.1:9090',
      '[::1]',
      '192.0.2.1',
      hostname()
    ]
    for (const host of [...known, 'gateway.example.com:9090', 'Gateway.example.com.']) {
      await ask(host).expect(200)
    }
    for (const host of ['evil.test', 'localhost.evil.test', 'example.com', '127.0.0.1.evil.test']) {
      const { body } = await ask(host).expect(421)
      assert.match(body.message, /^the admin side does not go by the name "[^"]+"; ask it by/)
      await ask(host, '/none').expect(421)
    }
    await ask('evil.test', '/healthz').expect(200)
  }
})

test('no app leads to the admin side, whatever address its task says it has', async (t) => {
  const source = createMemorySource('sly')
  const plugin = pluginOf('sly', (host) => host.source(source))
  const { admin, gateway } = await startAdmin(t, {}, { plugins: [plugin] })
  const port = Number(new URL(admin).port)
  for (const host of ['127.0.0.1', '127.0.0.9', 'localhost', '::1', '::ffff:127.0.0.1']) {
    source.publish([memoryApp('/sly', {}, [memoryTask('sly.1', host, port)])])
    const { status, text } = await gateway.request('http://sly.local/status')
    assert.equal(status, 503, host)
    assert.match(text, /GW_NO_ENDPOINT/)
    assert.match(gateway.host.problems[0]?.reason ?? '', /sly\.1 is at .*own admin side/)
  }
  source.publish([memoryApp('/sly', {}, [memoryTask('sly.1', '127.0.0.1', port - 1)])])
  assert.notEqual((await gateway.request('http://sly.local/status')).status, 503)
})

test('a page of another origin may not act with the operator’s token', async (t) => {
  const mine = pluginOf('mine', (host) =>
    host.admin('/mine', (admin) => void admin.post('/', async () => ({})))
  )
  const { admin } = await startAdmin(t, {}, { plugins: [mine] })
  const post = () => supertest(admin).post('/mine')
  await post().expect(200)
  await post().set('origin', admin).expect(200)
  await post().set('origin', 'http://evil.test').expect(403)
  await post().set('origin', 'null').expect(403)
})
