import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { labelKeys } from '../../../src/gateway/model/label-definitions.ts'
import {
  app,
  compileApps,
  compileInput,
  port,
  problemTexts,
  routeTexts
} from '../../support/apps.ts'

/** The route, service and problems of one app with these labels. */
function outcomeOf(labels: Record<string, string>, given: Parameters<typeof app>[0] = {}) {
  const compiled = compileApps([app({ ...given, labels })], plugins)
  const { data } = compiled
  return {
    texts: routeTexts(data.routes),
    route: data.routes[0],
    service: data.services[0],
    problems: problemTexts(compiled)
  }
}

const plugins = {
  labelSchemas: new Map([
    [
      'quota',
      {
        keys: new Set(['rate', 'burst']),
        check: (values: Readonly<Record<string, string>>) =>
          Object.values(values).every((value) => /^\d+$/.test(value))
            ? { values }
            : { problem: 'quota: expected numbers' }
      }
    ],
    [
      'broken',
      {
        keys: new Set(['x']),
        check: () => {
          throw new Error('oops')
        }
      }
    ]
  ])
}

describe('a right label', () => {
  const fields: readonly (readonly [
    label: string,
    value: string,
    read: (outcome: ReturnType<typeof outcomeOf>) => unknown,
    expected: unknown
  ])[] = [
    ['gateway.picker', 'random', ({ service }) => service?.picker, 'random'],
    [
      'gateway.picker',
      'hash:header:X-User',
      ({ service }) => [service?.picker, service?.hashOn],
      ['hash', { header: 'x-user' }]
    ],
    ['gateway.picker', 'hash:cookie:Sid', ({ service }) => service?.hashOn, { cookie: 'Sid' }],
    ['gateway.sticky', 'node', ({ service }) => service?.sticky, 'node'],
    ['gateway.sticky', 'true', ({ service }) => service?.sticky, 'gateway-sticky'],
    ['gateway.sticky', 'false', ({ service }) => service?.sticky, undefined],
    ['gateway.priority', '-3', ({ route }) => route?.priority, -3],
    ['gateway.upgrade', 'none', ({ route }) => route?.upgrade, 'none'],
    ['gateway.hooks', 'sign-in', ({ route }) => route?.hooks, 'sign-in'],
    ['gateway.weight', '0', ({ route }) => route?.services[0]?.weight, 0],
    ['gateway.timeout.connect', '500ms', ({ service }) => service?.timeouts.connectMs, 500],
    ['gateway.timeout.first-byte', '2m', ({ service }) => service?.timeouts.firstByteMs, 120_000],
    ['gateway.timeout.idle', '24h', ({ service }) => service?.timeouts.idleMs, 86_400_000],
    ['gateway.quota.rate', '5', ({ route }) => route?.settings, { quota: { rate: '5' } }]
  ]
  for (const [label, value, read, expected] of fields) {
    test(`${label}: ${value}`, () => {
      const outcome = outcomeOf({ [label]: value })
      assert.deepEqual(read(outcome), expected)
      assert.deepEqual(outcome.problems, [])
    })
  }
})

describe('a wrong label is a problem of its app, and the default applies', () => {
  const wrong: readonly (readonly [label: string, value: string, reason: RegExp])[] = [
    ['gateway.hosts', '', /at least one host/],
    ['gateway.hosts', 'a b/c', /"b\/c" is no host name; this host is left out/],
    ['gateway.path', 'api', /begins with a slash/],
    ['gateway.path.strip', 'yes', /true or false, not "yes"/],
    ['gateway.port', '7', /no such port; port 0 is taken instead/],
    ['gateway.port', 'x y', /port index or a port name/],
    ['gateway.service', 'A B', /lower-case letters/],
    ['gateway.weight', '1001', /from 0 to 1000/],
    ['gateway.weight', '-1', /from 0 to 1000/],
    ['gateway.weight', '1e3', /whole number/],
    ['gateway.picker', 'best', /"best" is no picker; known: hash, least-requests/],
    ['gateway.picker', 'hash', /hash:header:x-user/],
    ['gateway.picker', 'hash:ip', /expected hash:header/],
    ['gateway.picker', 'hash:query:q', /header or cookie/],
    ['gateway.sticky', 'a b', /cookie name/],
    ['gateway.sticky', 'a;b\r\nSet-Cookie: x', /cookie name/],
    ['gateway.priority', 'high', /from -1000 to 1000/],
    ['gateway.upgrade', 'h2c', /none applies/],
    ['gateway.timeout.connect', '2h', /up to 3600s/],
    ['gateway.timeout.idle', '0s', /a duration such as/],
    ['gateway.timeout.idle', '30', /a duration such as/],
    ['gateway.hosts', 'x'.repeat(4097), /longer than 4096/],
    ['gateway.host', 'a.example', /unknown label, did you mean "hosts"\?/],
    ['gateway.9.hosts', 'a.example', /the app has no port "9"/],
    ['gateway.admin.hosts', 'a.example', /the app has no port "admin"/],
    ['gateway.0.group', 'x', /belongs to the whole app/],
    ['gateway.__proto__', 'x', /unknown label/],
    ['gateway.constructor.hosts', 'x', /no port "constructor"/],
    ['gateway.', 'x', /unknown label/]
  ]
  for (const [label, value, reason] of wrong) {
    test(`${label}: ${JSON.stringify(value.slice(0, 30))}`, () => {
      const outcome = outcomeOf({ [label]: value })
      assert.equal(outcome.problems.length, 1)
      assert.ok(outcome.problems[0]?.startsWith(`/myapp ${label}: `), outcome.problems[0])
      assert.match(outcome.problems[0] ?? '', reason)
      assert.equal(outcome.route?.closed, undefined)
      assert.ok(outcome.texts.some((text) => text.endsWith('→ marathon:/myapp:0')))
    })
  }

  test('a wrong upgrade forbids upgrades', () =>
    assert.equal(outcomeOf({ 'gateway.upgrade': 'h2c' }).route?.upgrade, 'none'))

  test('of many hosts only the wrong one is left out', () => {
    const { texts, problems } = outcomeOf({
      'gateway.hosts': 'A.example,, b.example:80\n*.c.example .d'
    })
    assert.deepEqual(texts, [
      '*.c.example/ → marathon:/myapp:0',
      'a.example/ → marathon:/myapp:0',
      'b.example/ → marathon:/myapp:0'
    ])
    assert.equal(problems.length, 1)
  })

  test('more hosts than allowed: the first ones count', () => {
    const hosts = Array.from({ length: 70 }, (_, at) => `h${at}.example`)
    const { texts, problems } = outcomeOf({ 'gateway.hosts': hosts.join(' ') })
    assert.equal(texts.length, 64)
    assert.match(problems[0] ?? '', /more than 64 hosts/)
  })

  test('a flood of unknown labels is told in 51 problems', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 900 }, (_, at) => [`gateway.x${at}`, ''])
    )
    const { problems } = outcomeOf(labels)
    assert.equal(problems.length, 51)
    assert.match(problems[50] ?? '', /850 further problems/)
  })
})

describe('a wrong protective label closes the routes', () => {
  const wrong: readonly (readonly [label: string, value: string])[] = [
    ['gateway.enabled', 'no'],
    ['gateway.hooks', 'sign-out'],
    ['gateway.0.hooks', 'sign-out'],
    ['gateway.quota.rate', 'many'],
    ['gateway.quota.rte', '5'],
    ['gateway.broken.x', 'y']
  ]
  for (const [label, value] of wrong) {
    test(`${label}: ${value}`, () => {
      const { route, problems } = outcomeOf({ [label]: value })
      assert.ok(route?.closed)
      assert.match(problems[0] ?? '', /its routes are closed/)
    })
  }
})

test('labels: nothing that an app says makes the compilation throw or harms another app', () => {
  const key = fc.oneof(
    fc.constantFrom(...labelKeys),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'quota.rate',
      '0.hosts',
      'http.path',
      '1.',
      '.',
      ''
    ),
    fc.string()
  )
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('true', '/a', '*.x', 'a.b', '1', '10s', '__proto__', 'hash:header:constructor')
  )
  const labels = fc.dictionary(
    key.map((name) => `gateway.${name}`),
    value
  )
  fc.assert(
    fc.property(labels, labels, (ofApp, ofPort) => {
      const stranger = app({
        id: '/x',
        labels: ofApp,
        ports: [port({ name: 'http', labels: ofPort })]
      })
      const { data } = compileApps([app(), stranger], plugins)
      assert.ok(data.routes.some(({ id }) => id === 'marathon:/myapp:0:myapp.local/'))
      JSON.stringify(data)
    }),
    { numRuns: 500 }
  )
})

test('labels: ids such as /__proto__ and /constructor are ordinary', () => {
  const compiled = compileApps([app({ id: '/__proto__' }), app({ id: '/constructor/toString' })])
  assert.deepEqual(routeTexts(compiled.data.routes), [
    '__proto__.local/ → marathon:/__proto__:0',
    'tostring.constructor.local/ → marathon:/constructor/toString:0'
  ])
  assert.deepEqual(compileInput().settings.domains, ['local'])
})
