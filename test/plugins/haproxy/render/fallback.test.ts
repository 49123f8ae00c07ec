import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appIdSocketOf } from '../../../../src/plugins/haproxy/render/fallback.ts'
import type { RenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { checkRendered, noHaproxy } from '../../../support/rendered-haproxy.ts'
import {
  mapOf,
  renderingOf,
  routeTo,
  sectionOf,
  serviceOf,
  tableOf
} from '../../../support/rendered-tables.ts'

const FALLBACK = '/run/gateway/proxy.sock'
const bind = (port: number, appIdHeader: boolean) => ({ host: '127.0.0.1', port, appIdHeader })

const portable = routeTo(['/a'], { host: 'a.test' })
const hooked = routeTo(['/a'], { host: 'b.test' }, { hooks: 'mark' })
const table = tableOf([serviceOf('/a', [1])], [portable, hooked])

function rendered(options: Partial<RenderOptions> = {}) {
  return renderingOf(table, { fallback: FALLBACK, ...options })
}

test('a route that is not portable leads to the proxy plane, the other one does not', () => {
  const { notPortable } = rendered()
  assert.deepEqual(notPortable, [
    { route: hooked.id, reason: 'its hooks (mark) are code; its requests go to the proxy plane' }
  ])
  assert.deepEqual(mapOf(rendered(), 'routes.map'), {
    'a.test/': 'marathon:a:0',
    'b.test/': 'gateway.fallback'
  })
})

test('the proxy plane gets what it has not seen yet, as much as it takes', () => {
  const lines = sectionOf(rendered(), 'backend gateway.fallback') ?? []
  assert.deepEqual(
    lines.filter((line) => /^(retry-on|server|timeout)/.test(line)),
    ['timeout server 3600000ms', 'retry-on conn-failure', `server proxy unix@${FALLBACK}`]
  )
  assert.ok(lines.some((line) => /^http-error status 503 .*GW_PROXY_AWAY/.test(line)))
})

test('without a listener that obeys X-Marathon-App-Id there is one socket', () => {
  assert.equal(sectionOf(rendered(), 'backend gateway.fallback-app-id'), undefined)
  const front = sectionOf(rendered(), 'frontend gateway.front') ?? []
  assert.equal(front.filter((line) => line.startsWith('use_backend')).length, 1)
})

test('what comes in where X-Marathon-App-Id is obeyed has a socket of its own', () => {
  const both = rendered({ binds: [bind(80, false), bind(81, true)] })
  const server = (name: string) =>
    sectionOf(both, `backend ${name}`)?.filter((line) => line.startsWith('server'))
  assert.deepEqual(server('gateway.fallback'), [`server proxy unix@${FALLBACK}`])
  assert.deepEqual(server('gateway.fallback-app-id'), [
    'server proxy unix@/run/gateway/proxy-app-id.sock'
  ])
  const front = sectionOf(both, 'frontend gateway.front') ?? []
  assert.deepEqual(
    front.filter((line) => line.startsWith('use_backend')),
    [
      'use_backend gateway.fallback-app-id if { var(txn.section) -m str gateway.fallback } { so_name -m beg app-id- }',
      'use_backend %[var(txn.section)]'
    ]
  )
})

test('a resolver that decides in code is asked about every request', () => {
  const options = { finders: ['by-header'] }
  const front = sectionOf(rendered(options), 'frontend gateway.front') ?? []
  const decides = (line: string) => /set-var\(txn\.(backend|section)\)|GW_NO_ROUTE/.test(line)
  assert.deepEqual(front.filter(decides), [
    'http-request set-var(txn.section) str(gateway.fallback)'
  ])
  // Nobody could be asked.
  const alone = sectionOf(renderingOf(table, options), 'frontend gateway.front') ?? []
  assert.ok(alone.some((line) => line.includes('GW_NO_ROUTE')))
})

test('the name of the second socket is made from the first', () => {
  assert.equal(appIdSocketOf('/run/gateway.sock'), '/run/gateway-app-id.sock')
  assert.equal(appIdSocketOf('/run/gateway'), '/run/gateway-app-id')
})

test('HAProxy takes it', { skip: noHaproxy }, (t) => {
  const binds = [bind(80, false), bind(81, true)]
  checkRendered(t, rendered({ binds }).desired)
  checkRendered(t, rendered({ binds, finders: ['by-header'] }).desired)
})
