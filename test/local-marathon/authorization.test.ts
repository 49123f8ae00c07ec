import assert from 'node:assert/strict'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { call, localMarathon } from '../support/local-marathon.ts'

const simulated = { runner: 'simulated' } as const
const basic = (text: string) => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`
})

test('Basic credentials guard everything, ping, page and events included', async (t) => {
  const { url } = await localMarathon(t, { ...simulated, credentials: 'user:pass:word' })
  for (const path of ['/ping', '/ui/', '/v2/apps', '/v2/events', '/metrics']) {
    const { status, headers } = await call(url, path)
    assert.equal(status, 401, path)
    assert.equal(headers.get('www-authenticate'), 'basic realm="Mesosphere"')
  }
  assert.equal((await call(url, '/v2/apps', { headers: basic('user:wrong') })).status, 401)
  assert.equal((await call(url, '/v2/apps', { headers: basic('user:pass:word') })).status, 200)
})

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' }
})

function jwt(payload: object, header: object = { alg: 'RS256', typ: 'JWT' }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
}

const soon = () => Math.floor(Date.now() / 1000) + 60
const LOGIN = '/acs/api/v1/auth/login'

test('a service account logs in with a signed token and uses what it got', async (t) => {
  const { url } = await localMarathon(t, { ...simulated, acs: { uid: 'gw', publicKey } })
  assert.equal((await call(url, '/v2/apps')).status, 401)
  const body = { uid: 'gw', token: jwt({ uid: 'gw', exp: soon() }) }
  const login = await call(url, LOGIN, { method: 'POST', body })
  assert.equal(login.status, 200)
  assert.match(login.headers.get('set-cookie') ?? '', /^dcos-acs-auth-cookie=/)
  const headers = { authorization: `token=${login.json.token}` }
  assert.equal((await call(url, '/v2/apps', { headers })).status, 200)
})

test('a wrong, late, foreign or unsigned login is 401', async (t) => {
  const { url } = await localMarathon(t, { ...simulated, acs: { uid: 'gw', publicKey } })
  const good = jwt({ uid: 'gw', exp: soon() })
  const tokens = [
    jwt({ uid: 'gw', exp: 1 }),
    jwt({ uid: 'other', exp: soon() }),
    jwt({ uid: 'gw', exp: soon() }, { alg: 'none' }),
    `${good.slice(0, -6)}AAAAAA`,
    'x.y.z',
    ''
  ]
  for (const token of tokens) {
    const login = await call(url, LOGIN, { method: 'POST', body: { uid: 'gw', token } })
    assert.equal(login.status, 401, token)
    assert.ok(login.json.title)
  }
})

test('people log in with a password, and tokens end', async (t) => {
  const acs = { uid: 'u', password: 'p', lifetimeSeconds: 0 }
  const { url } = await localMarathon(t, { ...simulated, acs })
  const login = await call(url, LOGIN, { method: 'POST', body: { uid: 'u', password: 'p' } })
  assert.equal(login.status, 200)
  const headers = { authorization: `token=${login.json.token}` }
  assert.equal((await call(url, '/v2/apps', { headers })).status, 401)
  const wrong = await call(url, LOGIN, { method: 'POST', body: { uid: 'u', password: 'q' } })
  assert.equal(wrong.status, 401)
})
