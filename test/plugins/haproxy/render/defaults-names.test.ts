import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withDefaults } from '../../../../src/plugins/haproxy/apply/named-defaults.ts'
import { withSpares } from '../../../../src/plugins/haproxy/apply/spares.ts'
import { createDefaultsNames } from '../../../../src/plugins/haproxy/render/defaults-names.ts'
import { parseConfig } from '../../../../src/plugins/haproxy/render/parse-files.ts'
import { renderConfig } from '../../../../src/plugins/haproxy/render/render-files.ts'
import { checkRendered, haproxyIsBefore, noHaproxy } from '../../../support/rendered-haproxy.ts'
import { renderingOf, routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const HASH = '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9'
const auth = { realm: 'shop', users: [{ name: 'ann', hash: HASH }] }

/** Of each kind of lines that a backend may have. */
const services = [
  serviceOf('/plain', [1]),
  serviceOf('/hashed', [1], { picker: 'hash', hashOn: { header: 'x-user' } }),
  serviceOf('/sticky', [1], { sticky: 'c' }),
  serviceOf('/quick', [1], { timeouts: { connectMs: 500, idleMs: 90_000 } }),
  serviceOf('/probed', [1], {
    probe: { kind: 'http', path: '/up', intervalMs: 5_000, timeoutMs: 1_000 }
  }),
  serviceOf('/port', [1], { servicePort: 10_001 })
]
const routes = [
  ...services.map(({ origin: { app = '' } }) => routeTo([app], { host: `${app.slice(1)}.test` })),
  routeTo(
    ['/plain'],
    { host: 'guarded.test', path: '/a' },
    { strip: true, hsts: 60, guard: { networks: ['10.0.0.0/8', 'fd00::/8'], auth } }
  ),
  routeTo(['/plain'], { host: 'secure.test' }, { guard: { https: 'redirect' } }),
  routeTo(
    ['/plain'],
    { host: 'moved.test' },
    {
      upgrade: 'none',
      rewrite: { location: { path: '/app', vhosts: ['moved.test'] }, rootRedirect: '/app' }
    }
  )
]
const { desired } = renderingOf(tableOf(services, routes), {
  trustedProxies: ['10.0.0.0/8'],
  servicePorts: { host: '127.0.0.1', certificates: [] }
})

describe('names of defaults', () => {
  const names = createDefaultsNames()
  test('are those of the settings', () => {
    const { defaults } = names.of(['mode http', 'balance roundrobin'])
    assert.match(defaults ?? '', /^gateway\.kind-[0-9a-f]{20}$/)
    assert.deepEqual(names.of(['mode http', 'balance roundrobin']), { defaults })
    assert.notEqual(names.of(['mode http']).defaults, defaults)
    assert.equal(createDefaultsNames().of(['mode http', 'balance roundrobin']).defaults, defaults)
  })

  test('only a sticky cookie and what no map leads to are without', () => {
    const without = desired.backends.filter((backend) => backend.defaults === undefined)
    assert.deepEqual(
      without.map(({ name }) => name),
      ['marathon:port:0__tcp', 'marathon:sticky:0']
    )
  })
})

test('defaults of every kind are read back from the file', () => {
  const full = withSpares(withDefaults(desired), 1)
  const text = renderConfig(full, '/run/gw')
  const { defaults, structure } = parseConfig(text, (name) => name.startsWith('gateway.spare-'))
  assert.ok((defaults?.length ?? 0) > 6)
  assert.deepEqual(defaults, full.defaults)
  assert.deepEqual(structure, parseConfig(renderConfig(desired, '/run/gw'), () => false).structure)
})

// HAProxy takes rules in `defaults` since 2.5.
test(
  'HAProxy takes the settings of every kind as defaults',
  {
    skip: noHaproxy ?? (haproxyIsBefore('2.5') ? 'it takes no rules in defaults' : false)
  },
  (t) => checkRendered(t, withDefaults(desired))
)
