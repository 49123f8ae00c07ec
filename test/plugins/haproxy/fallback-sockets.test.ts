import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkValue } from '../../../src/gateway/config/check-value.ts'
import { checkFolder } from '../../../src/plugins/haproxy/check-folder.ts'
import { fallbackSocketsOf } from '../../../src/plugins/haproxy/fallback-sockets.ts'
import { type HaproxyOptions, haproxyOptions } from '../../../src/plugins/haproxy/options.ts'
import type { FrontDoorOptions } from '../../../src/plugins/haproxy/render/front-door-options.ts'
import { proxyOptions } from '../../../src/plugins/proxy/options.ts'

const haproxy = (given: object) =>
  checkValue(haproxyOptions, { folder: '/run/gw', ...given }).value as HaproxyOptions
const front = (given: object) => checkValue(proxyOptions, given).value as FrontDoorOptions

const PLAIN = { path: '/run/gw/proxy.sock', appIdHeader: false }
const APP_ID = { path: '/run/gw/proxy-app-id.sock', appIdHeader: true }

test('our own HAProxy shares a user with the gateway, somebody else’s a group', () => {
  assert.deepEqual(fallbackSocketsOf(haproxy({}), front({})), {
    fallback: PLAIN.path,
    sockets: [PLAIN],
    mode: 0o600
  })
  const { mode } = fallbackSocketsOf(haproxy({ socket: '/run/haproxy.sock' }), front({}))
  assert.equal(mode, 0o660)
})

test('a socket that obeys X-Marathon-App-Id is there only when some listener does', () => {
  for (const [given, sockets] of [
    [{ appIdHeader: true }, [PLAIN, APP_ID]],
    [{ listeners: [{ port: 81, appIdHeader: true }] }, [PLAIN, APP_ID]],
    [{ listeners: [{ port: 81 }] }, [PLAIN]]
  ] as const) {
    assert.deepEqual(fallbackSocketsOf(haproxy({}), front(given)).sockets, sockets)
  }
})

test('the port of TLS is told when there is one', () => {
  assert.equal(fallbackSocketsOf(haproxy({ tlsPort: 443 }), front({})).tlsPort, 443)
})

test('a folder is too long when our own HAProxy could open no socket in it', () => {
  const longest = `/${'f'.repeat(83)}`
  checkFolder({ folder: longest, socket: '' })
  checkFolder({ folder: `${longest}f`, socket: '/run/haproxy.sock' })
  assert.throws(() => checkFolder({ folder: `${longest}f`, socket: '' }), {
    message: `haproxy.folder ${longest}f is too long: 85 bytes, 84 at most, so that the paths of sockets in it fit`
  })
})
