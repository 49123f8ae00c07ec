import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import test from 'node:test'
import { createAuthorizer } from '../../../src/gateway/marathon/authorizer.ts'
import { eventually } from '../../support/eventually.ts'
import {
  type FakeMarathon,
  sendHtml,
  sendJson,
  startFakeMarathon
} from '../../support/fake-marathon.ts'
import { fakeMarathon, startSource } from '../../support/marathon-source.ts'
import { testCertificate } from '../../support/test-certificate.ts'

const { publicKey, privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
const basic = { kind: 'basic', user: 'gw', password: 'a:b' } as const
const BASIC = `Basic ${Buffer.from('gw:a:b').toString('base64')}`

const fixed = [
  { name: 'basic', credentials: basic, header: BASIC },
  { name: 'a token', credentials: { kind: 'token', token: 'abc' } as const, header: 'token=abc' },
  { name: 'none', credentials: undefined, header: undefined }
]

for (const { name, credentials, header } of fixed) {
  test(`reads and streams carry the credentials: ${name}`, async (t) => {
    const marathon = await fakeMarathon(t)
    startSource(t, { urls: [marathon.url], credentials })
    await eventually(
      'a stream',
      () => marathon.streams.size === 1 && marathon.count('/v2/apps') > 0
    )
    for (const request of marathon.requests) assert.equal(request.headers.authorization, header)
  })
}

/** A standby whose event stream redirects to another host. */
function redirectStream(from: FakeMarathon, to: string, leader?: string): void {
  from.script = (request, response) => {
    if (request.url === '/v2/leader') return sendJson(response, leader ? 200 : 404, { leader })
    if (!request.url?.startsWith('/v2/events')) return false
    response.writeHead(302, { location: to + request.url }).end()
    return true
  }
}

test('a redirect to a configured node takes the credentials along', async (t) => {
  const [standby, leader] = [await fakeMarathon(t), await fakeMarathon(t)]
  redirectStream(standby, leader.url)
  startSource(t, { urls: [standby.url, leader.url], credentials: basic })
  await eventually('a stream', () => leader.streams.size === 1)
  assert.equal(streamRequest(leader)?.headers.authorization, BASIC)
})

test('a redirect to the host that /v2/leader names takes the credentials along', async (t) => {
  const [standby, leader] = [await fakeMarathon(t), await fakeMarathon(t)]
  redirectStream(standby, leader.url, leader.host)
  startSource(t, { urls: [standby.url], credentials: basic })
  await eventually('a stream', () => leader.streams.size === 1)
  assert.equal(streamRequest(leader)?.headers.authorization, BASIC)
})

test('a redirect to an unknown host never gets the credentials', async (t) => {
  const [standby, stranger] = [await fakeMarathon(t), await fakeMarathon(t)]
  redirectStream(standby, stranger.url, '127.0.0.1:1')
  startSource(t, { urls: [standby.url], credentials: basic })
  await eventually('a stream', () => stranger.streams.size === 1)
  for (const request of stranger.requests) assert.equal(request.headers.authorization, undefined)
})

test('a redirect from https to http never gets the credentials, whoever names the host', async (t) => {
  const [secure, plain] = [await startFakeMarathon(testCertificate), await fakeMarathon(t)]
  t.after(() => secure.stop())
  redirectStream(secure, plain.url, plain.host)
  startSource(t, { urls: [secure.url], credentials: basic, ca: testCertificate.cert })
  await eventually('a stream', () => plain.streams.size === 1)
  assert.equal(streamRequest(plain)?.headers.authorization, undefined)
})

test('a URL with a user or password is refused without repeating them', () => {
  assert.throws(() => startSource({ after() {} } as never, { urls: ['http://u:secret@m:8080'] }), {
    message:
      'Marathon URL "http://…@m:8080" carries a user or password, expected them as credentials'
  })
})

for (const url of ['marathon:8080', 'ftp://m', '']) {
  test(`"${url}" is refused as the URL of a node`, () => {
    assert.throws(() => startSource({ after() {} } as never, { urls: [url] }), {
      message: `Marathon URL "${url}" is not usable, expected http://host:port or https://host:port`
    })
  })
}

/** A cluster with a DC/OS login; `accepted` is the token that Marathon takes now. */
async function withLogin(t: Parameters<typeof fakeMarathon>[0]) {
  const marathon = await fakeMarathon(t)
  const state = { logins: [] as Record<string, unknown>[], accepted: 'token=t1', refuse: false }
  marathon.script = (request, response) => {
    if (request.url !== '/acs/api/v1/auth/login') {
      return request.headers.authorization !== state.accepted && sendHtml(response, 401)
    }
    void json(request).then((body) => {
      state.logins.push(body as Record<string, unknown>)
      if (state.refuse) sendJson(response, 401, { title: 'Unauthorized' })
      else sendJson(response, 200, { token: `t${state.logins.length}` })
    })
    return true
  }
  const credentials = {
    kind: 'service-account',
    uid: 'gw',
    privateKey,
    loginEndpoint: `${marathon.url}/acs/api/v1/auth/login`
  } as const
  return { marathon, state, credentials }
}

test('a service account logs in with a signed token', async (t) => {
  const { marathon, state, credentials } = await withLogin(t)
  marathon.apps = [{ id: '/web' }]
  const { sink } = startSource(t, { urls: [marathon.url], credentials })
  await eventually('a stream', () => sink.app('/web') !== undefined && marathon.streams.size === 1)
  assert.equal(state.logins.length, 1, 'reader and stream share one login')
  const [login] = state.logins
  assert.equal(login?.['uid'], 'gw')
  const [head = '', payload = '', signature = ''] = String(login?.['token']).split('.')
  assert.deepEqual(decoded(head), { alg: 'RS256', typ: 'JWT' })
  assert.equal((decoded(payload) as { uid: string }).uid, 'gw')
  const signed = Buffer.from(`${head}.${payload}`)
  assert.ok(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url')))
})

test('a 401 makes the login new, once', async (t) => {
  const { marathon, state, credentials } = await withLogin(t)
  const { sink, source } = startSource(t, { urls: [marathon.url], credentials, events: false })
  await eventually('a snapshot', () => sink.snapshots.length === 1)
  state.accepted = 'token=t2'
  source.refresh('test')
  await eventually('the second snapshot', () => sink.snapshots.length === 2)
  assert.equal(state.logins.length, 2)
  assert.deepEqual(sink.failures, [])

  state.accepted = 'nothing'
  source.refresh('test')
  await eventually('a failure', () => sink.failures.length > 0)
  assert.match(sink.failures[0] ?? '', /status 401: the credentials are missing or wrong/)
})

test('a login that fails is the reason, and says nothing secret', async (t) => {
  const { marathon, state, credentials } = await withLogin(t)
  state.refuse = true
  const { sink } = startSource(t, { urls: [marathon.url], credentials, events: false })
  await eventually('a failure', () => sink.failures.length > 0)
  assert.equal(
    sink.failures[0],
    `${marathon.url}: the login of service account "gw" was answered with status 401, expected 200 and a token`
  )
})

test('a session is renewed a minute before it ends', async () => {
  let now = 0
  let logins = 0
  const post = async () => ({ status: 200, body: { token: `t${++logins}` } })
  const account = { kind: 'service-account', uid: 'gw', privateKey, loginEndpoint: 'x' } as const
  const authorizer = createAuthorizer(account, post, () => now)
  const headers = await Promise.all([authorizer.header(), authorizer.header()])
  assert.deepEqual(headers, ['token=t1', 'token=t1'])
  now = 3_539_000
  assert.equal(await authorizer.header(), 'token=t1')
  now = 3_540_000
  assert.equal(await authorizer.header(), 'token=t2')
  authorizer.refused('token=t1')
  assert.equal(await authorizer.header(), 'token=t2', 'an old refusal does not end a new session')
})

test('a private key that is none is a sentence without the key', async () => {
  const account = { kind: 'service-account', uid: 'gw', privateKey: 'SECRET', loginEndpoint: 'x' }
  const authorizer = createAuthorizer(account as never, () => assert.fail(), Date.now)
  await assert.rejects(authorizer.header(), {
    message: 'the private key of service account "gw" is not usable, expected RSA in PEM'
  })
})

function streamRequest(fake: FakeMarathon): IncomingMessage | undefined {
  return fake.requests.find((request) => request.url?.startsWith('/v2/events'))
}

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
