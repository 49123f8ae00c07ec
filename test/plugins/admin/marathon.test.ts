import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import supertest from 'supertest'
import { startAdmin } from '../../support/admin-under-test.ts'
import { eventually } from '../../support/eventually.ts'
import { type FakeMarathon, startFakeMarathon } from '../../support/fake-marathon.ts'
import { tempFolder } from '../../support/temp-folder.ts'
import { testCertificate } from '../../support/test-certificate.ts'

const token = 's3cret'

async function withMarathon(t: TestContext, options: object = {}) {
  const marathon = await startFakeMarathon()
  t.after(() => marathon.stop())
  const shown = await startAdmin(t, { marathonUrl: marathon.url, token, ...options })
  return { marathon, ...shown }
}

const lastOf = ({ requests }: FakeMarathon) => requests.at(-1)

test('/marathon/ is off without a token, and the log says what it needs', async (t) => {
  const { admin, gateway } = await withMarathon(t, { token: '' })
  await supertest(admin).get('/marathon/v2/apps?a=b').expect(404)
  assert.ok(gateway.logs.some(({ msg }) => msg.startsWith('/marathon/ is off')))
  const { text } = await supertest(admin).get('/')
  assert.doesNotMatch(text, /href="\/marathon\/"/)
})

test('/marathon/ shows Marathon, and keeps the admin token to itself', async (t) => {
  const { marathon, admin } = await withMarathon(t)
  marathon.apps = [{ id: '/myapp' }]
  await supertest(admin).get('/marathon/v2/apps?a=b').expect(401)
  const { body } = await supertest(admin).get('/marathon/v2/apps?a=b').auth('a', token).expect(200)
  assert.deepEqual(body, { apps: [{ id: '/myapp' }] })
  assert.equal(lastOf(marathon)?.url, '/v2/apps?a=b')
  assert.equal(lastOf(marathon)?.headers.authorization, undefined)
  await supertest(admin)
    .get('/marathon')
    .auth('a', token)
    .expect(302)
    .expect('location', '/marathon/')
})

test('/marathon/ asks with the authorization it was given', async (t) => {
  const { marathon, admin } = await withMarathon(t, { marathonAuthorization: 'Basic dTpw' })
  await supertest(admin).get('/marathon/v2/apps?a=b').auth('a', token).expect(200)
  assert.equal(lastOf(marathon)?.headers.authorization, 'Basic dTpw')
})

test('/marathon/ keeps Marathon’s redirects to itself under its path, and no others', async (t) => {
  const { marathon, admin } = await withMarathon(t)
  const cases = [
    ['/ui/', '/marathon/ui/'],
    ['ui/', 'ui/'],
    [`${marathon.url}/ui/`, '/marathon/ui/'],
    ['http://elsewhere.test/ui/', 'http://elsewhere.test/ui/'],
    ['//elsewhere.test/', '//elsewhere.test/']
  ] as const
  for (const [location, shown] of cases) {
    marathon.script = (_request, response) => {
      response.writeHead(302, { location }).end()
      return true
    }
    const ask = supertest(admin).get('/marathon/').auth('a', token)
    await ask.expect(302).expect('location', shown)
  }
})

test('/marathon/ passes on changes and their answers', async (t) => {
  const { marathon, admin } = await withMarathon(t)
  let body = ''
  marathon.script = (request, response) => {
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => response.writeHead(409).end('{"message":"locked"}'))
    return true
  }
  await supertest(admin)
    .put('/marathon/v2/apps/myapp')
    .auth('a', token)
    .send({ instances: 5 })
    .expect(409, '{"message":"locked"}')
  assert.deepEqual([lastOf(marathon)?.method, body], ['PUT', '{"instances":5}'])
})

test('/marathon/ passes on the event stream as it comes', async (t) => {
  const { marathon, admin } = await withMarathon(t)
  const request = get(`${admin}/marathon/v2/events`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` }
  })
  const [response] = await once(request, 'response')
  assert.equal(response.statusCode, 200)
  let text = ''
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  marathon.send({ eventType: 'status_update_event' })
  await eventually('the event', () => text.includes('status_update_event'))
  request.destroy()
  await eventually('the end of the stream at Marathon', () => marathon.streams.size === 0)
})

test('/marathon/ is 502 without an address when Marathon is down', async (t) => {
  const { marathon, admin, gateway } = await withMarathon(t)
  await marathon.stop()
  const { text } = await supertest(admin).get('/marathon/v2/apps?a=b').auth('a', token).expect(502)
  assert.equal(text, '{"message":"Marathon did not answer"}')
  assert.ok(
    gateway.logs.some(({ level, msg }) => level === 40 && msg === 'Marathon did not answer')
  )
})

test('/marathon/ without a token is for this machine’s own names alone', async (t) => {
  const { admin } = await withMarathon(t, { token: '', marathonWithoutToken: true })
  const ask = (host: string) => supertest(admin).get('/marathon/v2/apps?a=b').set('host', host)
  for (const host of ['localhost:9090', '127.0.0.1', '[::1]:9090']) await ask(host).expect(200)
  for (const host of ['evil.test', 'localhost.evil.test']) await ask(host).expect(421)
})

test('/marathon/ trusts who signed Marathon’s certificate when it is told, and nobody else', async (t) => {
  const marathon = await startFakeMarathon(testCertificate)
  t.after(() => marathon.stop())
  const marathonCaFile = join(await tempFolder(t), 'ca.pem')
  writeFileSync(marathonCaFile, testCertificate.cert)
  const cases = [
    [{}, 502],
    [{ marathonCaFile }, 200],
    [{ marathonInsecureSkipVerify: true }, 200]
  ] as const
  for (const [options, status] of cases) {
    const { admin } = await startAdmin(t, { marathonUrl: marathon.url, token, ...options })
    await supertest(admin).get('/marathon/v2/apps?a=b').auth('a', token).expect(status)
  }
})
