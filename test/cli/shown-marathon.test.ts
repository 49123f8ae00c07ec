import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInPlugins } from '../../src/cli/built-in-plugins.ts'
import { loadPlugins } from '../../src/cli/load-plugins.ts'
import { loadConfig } from '../../src/gateway/config/load-config.ts'

const BASIC = `Basic ${Buffer.from('gw:pass:word').toString('base64')}`

const cases = [
  {
    name: 'nothing is known',
    env: {},
    expect: { marathonUrl: '', marathonAuthorization: '' }
  },
  {
    name: 'the first node, with name and password',
    env: {
      GATEWAY_MARATHON_URLS: 'http://m1:8080,http://m2:8080',
      GATEWAY_MARATHON_AUTH_USER: 'gw',
      GATEWAY_MARATHON_AUTH_PASSWORD: 'pass:word'
    },
    expect: { marathonUrl: 'http://m1:8080', marathonAuthorization: BASIC }
  },
  {
    name: 'a DC/OS token',
    env: { GATEWAY_MARATHON_URLS: 'http://m1:8080', GATEWAY_MARATHON_AUTH_TOKEN: 'abc' },
    expect: { marathonUrl: 'http://m1:8080', marathonAuthorization: 'token=abc' }
  },
  {
    name: 'another Marathon never gets the credentials of the first',
    env: {
      GATEWAY_MARATHON_URLS: 'http://m1:8080',
      GATEWAY_MARATHON_AUTH_TOKEN: 'abc',
      GATEWAY_ADMIN_MARATHON_URL: 'http://other:8080'
    },
    expect: { marathonUrl: 'http://other:8080', marathonAuthorization: '' }
  },
  {
    name: 'credentials of its own win',
    env: {
      GATEWAY_MARATHON_URLS: 'http://m1:8080',
      GATEWAY_MARATHON_AUTH_TOKEN: 'abc',
      GATEWAY_ADMIN_MARATHON_AUTHORIZATION: 'Basic eA=='
    },
    expect: { marathonUrl: 'http://m1:8080', marathonAuthorization: 'Basic eA==' }
  }
]

for (const { name, env, expect } of cases) {
  test(`the Marathon that the admin side shows: ${name}`, async () => {
    const uses = await loadPlugins(await loadConfig({ plugins: builtInPlugins, env }))
    const options = uses.find(({ plugin }) => plugin.name === 'admin')?.options as typeof expect
    const { marathonUrl, marathonAuthorization } = options
    assert.deepEqual({ marathonUrl, marathonAuthorization }, expect)
  })
}

const OTHER = { GATEWAY_ADMIN_MARATHON_URL: 'https://other:8080' }
const TRUST = { marathonCaFile: '/ca.pem', marathonInsecureSkipVerify: true }

for (const [name, more, expect] of [
  ['its first node is trusted as the gateway trusts it', {}, TRUST],
  ['another is not', OTHER, { marathonCaFile: '', marathonInsecureSkipVerify: false }]
] as const) {
  test(`the Marathon that the admin side shows: ${name}`, async () => {
    const env = {
      GATEWAY_MARATHON_URLS: 'https://m1:8080',
      GATEWAY_MARATHON_CA_FILE: '/ca.pem',
      GATEWAY_MARATHON_INSECURE_SKIP_VERIFY: 'true',
      ...more
    }
    const uses = await loadPlugins(await loadConfig({ plugins: builtInPlugins, env }))
    const options = uses.find(({ plugin }) => plugin.name === 'admin')?.options as typeof TRUST
    const { marathonCaFile, marathonInsecureSkipVerify } = options
    assert.deepEqual({ marathonCaFile, marathonInsecureSkipVerify }, expect)
  })
}
