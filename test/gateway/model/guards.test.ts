import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { explain } from '../../../src/gateway/model/explain.ts'
import { renderExplanation } from '../../../src/gateway/model/explain-text.ts'
import { hashFault, normaliseNetwork } from '../../../src/gateway/model/guard-values.ts'
import { shownRoute } from '../../../src/gateway/model/shown-route.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { app, compileApps, facts, problemTexts } from '../../support/apps.ts'

const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'

function outcomeOf(labels: Record<string, string>) {
  const compiled = compileApps([app({ labels })])
  return { route: compiled.data.routes[0], problems: problemTexts(compiled), compiled }
}

describe('a right guard label arrives in the route', () => {
  const cases: readonly (readonly [label: string, value: string, field: unknown])[] = [
    [
      'networks',
      '10.0.0.0/8, 2001:DB8::/32 192.0.2.1',
      { networks: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'] }
    ],
    ['auth', `shop:ann:${HASH}`, { auth: { realm: 'shop', users: [{ name: 'ann', hash: HASH }] } }],
    [
      'auth',
      `shop:ann:${HASH} shop:bob:${HASH}`,
      { auth: { realm: 'shop', users: ['ann', 'bob'].map((name) => ({ name, hash: HASH })) } }
    ],
    ['https', 'Redirect', { https: 'redirect' }]
  ]
  for (const [label, value, guard] of cases) {
    test(`gateway.${label}: ${value.replace(HASH, '…')}`, () => {
      const { route, problems } = outcomeOf({ [`gateway.${label}`]: value })
      assert.deepEqual(route?.guard, guard)
      assert.deepEqual(problems, [])
      assert.equal(route?.closed, undefined)
      assert.equal(route?.origins[label]?.label, `gateway.${label}`)
    })
  }
  test('gateway.hsts', () => {
    assert.equal(outcomeOf({ 'gateway.hsts': '15768000' }).route?.hsts, 15_768_000)
  })
})

describe('a wrong guard label closes the route', () => {
  const long = '$6$rounds=500000$ab$'.padEnd(106, 'a')
  const cases: readonly (readonly [label: string, value: string])[] = [
    ['networks', ''],
    ['networks', '10.0.0.0/33'],
    ['networks', '10.0.0.0/8, everybody'],
    ['networks', '10.0.0.0/255.0.0.0'],
    ['networks', '10.0.0.0/08'],
    ['networks', 'fe80::1%eth0'],
    ['networks', '::ffff:10.0.0.0/104'],
    ['networks', '!10.0.0.1'],
    ['auth', ''],
    ['auth', 'ann:secret'],
    ['auth', `shop:ann:${HASH}:more`],
    ['auth', 'shop:ann:secret'],
    ['auth', 'shop:ann:$2y$10$abcdefghijklmnopqrstuv'],
    ['auth', 'shop:ann:$1$salt$qJH7.N4xYta3aEG/dfqo/0'],
    ['auth', `shop:ann:${long}`],
    ['auth', `shop:ann:${HASH}, shop:ann:${HASH}`],
    ['auth', `shop:ann:${HASH}, other:bob:${HASH}`],
    ['auth', `"x":ann:${HASH}`],
    ['https', 'true'],
    ['https', ''],
    ['hsts', 'true'],
    ['hsts', '-1'],
    ['hsts', '99999999']
  ]
  for (const [label, value] of cases) {
    test(`gateway.${label}: ${JSON.stringify(value)}`, () => {
      const { route, problems } = outcomeOf({ [`gateway.${label}`]: value })
      assert.match(route?.closed ?? '', new RegExp(`^gateway\\.${label}: `))
      assert.match(problems[0] ?? '', /its routes are closed$/)
      assert.ok(!/saltstring|qJH7|abcdefghij|secret/.test(problems.join()), 'no hash in a problem')
    })
  }
})

test('members of a service with another guard than its route take no share', () => {
  const shared = { 'gateway.service': 'web' }
  const compiled = compileApps([
    app({ id: '/a', labels: shared }),
    app({ id: '/b', labels: { ...shared, 'gateway.networks': '10.0.0.0/8' } }),
    app({ id: '/c', labels: shared })
  ])
  const [route] = compiled.data.routes
  assert.deepEqual(
    route?.services.map(({ service }) => service),
    ['marathon:/a:0', 'marathon:/c:0']
  )
  assert.match(problemTexts(compiled).join(), /^\/b: its guards differ from those of \/a/)
})

test('members with the same guard share the route', () => {
  const labels = { 'gateway.service': 'web', 'gateway.networks': '10.0.0.0/8' }
  const compiled = compileApps([app({ id: '/a', labels }), app({ id: '/b', labels })])
  assert.equal(compiled.data.routes[0]?.services.length, 2)
  assert.deepEqual(compiled.problems, [])
})

test('the route that an app id leads to is guarded, too', () => {
  const { compiled } = outcomeOf({ 'gateway.networks': '10.0.0.0/8' })
  assert.deepEqual(compiled.data.appRoutes?.[0]?.route.guard, { networks: ['10.0.0.0/8'] })
})

test('a shown route tells no hash', () => {
  const { route } = outcomeOf({ 'gateway.auth': `shop:ann:${HASH}` })
  assert.ok(route)
  assert.ok(!JSON.stringify(shownRoute(route)).includes('$5$'))
  assert.equal(shownRoute(route).guard?.auth?.users[0]?.name, 'ann')
})

test('networks and hashes: any text is taken or refused, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const network = normaliseNetwork(text)
      if (network !== undefined) assert.match(network, /^[0-9a-f:.]+(\/\d+)?$/)
      if (hashFault(text) === undefined) assert.match(text, /^\$[56]\$/)
    })
  )
})

test('explain tells the guards of a route, and no hash', () => {
  const labels = { 'gateway.auth': `shop:ann:${HASH}`, 'gateway.networks': '10.0.0.0/8' }
  const { compiled } = outcomeOf(labels)
  const explanation = explain(buildTable(compiled.data), facts('myapp.local/'), [])
  assert.match(explanation.reason, /to clients that its guards let in: networks, auth\.$/)
  const text = renderExplanation(explanation)
  assert.match(text, /auth: shop: ann {2}\(/)
  assert.match(text, /networks: 10\.0\.0\.0\/8/)
  assert.ok(!JSON.stringify(explanation).includes('$5$'))
})
