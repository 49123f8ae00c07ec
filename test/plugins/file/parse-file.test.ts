import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from '../../../src/gateway/config/config-error.ts'
import { compile } from '../../../src/gateway/model/compile.ts'
import { parseRoutesFile } from '../../../src/plugins/file/parse-file.ts'
import { app, compileInput, NOW, problemTexts, routeTexts, snapshot } from '../../support/apps.ts'

const parse = (text: string) => parseRoutesFile('file', '/etc/gateway/routes.yaml', text, NOW)

const full = `
services:
  legacy:
    endpoints: [10.0.0.5:8080, "[::1]:80", "old.example:81"]
    picker: hash:header:X-User
    sticky: "true"
    timeouts: { connect: 1s, firstByte: 2m, idle: 1h }
  empty:
    endpoints: []
routes:
  - host: Shop.Example:80
    path: /old/
    strip: true
    service: legacy
  - hosts: [a.example, "*.a.example"]
    services:
      - { app: /shop/blue, weight: 90 }
      - { app: /shop/green, port: http, weight: 0 }
      - service: empty
    priority: 5
    upgrade: none
    hooks: sign-in
  - host: a.example
    app: /canary
    headers: { X-Canary: "yes" }
    methods: [POST, GET]
  - path: /everywhere
    app: /shop/blue
    source: marathon
    port: "0"
overrides:
  - app: /shop/blue
    weight: 3
    enabled: true
    priority: -1
`

describe('a right file', () => {
  const { routes, services, overrides, ...rest } = parse(full)

  test('is a snapshot without apps', () =>
    assert.deepEqual(rest, { source: 'file', takenAt: NOW, apps: [], problems: [] }))

  test('gives services', () => {
    const [legacy] = services
    assert.deepEqual(
      legacy?.endpoints.map(({ host, port }) => `${host} ${port}`),
      ['10.0.0.5 8080', '::1 80', 'old.example 81']
    )
    assert.equal(new Set(legacy?.endpoints.map(({ id }) => id)).size, 3)
    assert.deepEqual([legacy?.picker, legacy?.hashOn], ['hash', { header: 'x-user' }])
    assert.equal(legacy?.sticky, 'gateway-sticky')
    assert.deepEqual(legacy?.timeouts, {
      connectMs: 1_000,
      firstByteMs: 120_000,
      idleMs: 3_600_000
    })
    assert.deepEqual(legacy?.origin, { source: 'file', file: 'routes.yaml:3' })
    assert.equal(services[1]?.picker, '')
  })

  test('gives routes with normal matches and readable ids', () => {
    assert.deepEqual(routeTexts(routes), [
      '*.a.example/ → app:/shop/blue=90, app:/shop/green#http=0, file:empty',
      '*/everywhere → app:marathon/shop/blue#0',
      'a.example/ → app:/canary',
      'a.example/ → app:/shop/blue=90, app:/shop/green#http=0, file:empty',
      'shop.example/old (strip) → file:legacy'
    ])
    assert.deepEqual(
      routes.map(({ id }) => id),
      [
        'file:shop.example/old',
        'file:a.example/',
        'file:*.a.example/',
        'file:a.example/ [GET POST x-canary=yes]',
        'file:*/everywhere'
      ]
    )
    const canary = routes[3]
    assert.deepEqual(canary?.match.headers, { 'x-canary': 'yes' })
    assert.deepEqual(canary?.match.methods, ['GET', 'POST'])
    assert.deepEqual(
      [routes[1]?.priority, routes[1]?.upgrade, routes[1]?.hooks],
      [5, 'none', 'sign-in']
    )
    assert.equal(routes[0]?.origins['host']?.file, 'routes.yaml:11')
  })

  test('gives overrides with their lines', () =>
    assert.deepEqual(overrides, [
      { app: '/shop/blue', weight: 3, enabled: true, priority: -1, file: 'routes.yaml:32' }
    ]))

  test('compiles with the apps of Marathon', () => {
    const apps = ['/shop/blue', '/shop/green', '/canary'].map((id) => app({ id }))
    const compiled = compile(compileInput({ snapshots: [snapshot({ apps }), parse(full)] }))
    assert.deepEqual(problemTexts(compiled), [
      'routes.yaml:15: the app /shop/green has no port http; it takes no share of the route'
    ])
    assert.ok(
      routeTexts(compiled.data.routes).includes(
        '*.a.example/ → marathon:/shop/blue:0=90, file:empty'
      )
    )
  })

  for (const text of [
    '',
    '{}',
    'routes:\n',
    '# nothing\n',
    'services: {}\nroutes: []\noverrides: []'
  ]) {
    test(`may be empty: ${JSON.stringify(text)}`, () => {
      if (text === 'routes:\n') return assert.throws(() => parse(text), ConfigError)
      return assert.deepEqual(parse(text).routes, [])
    })
  }
})

describe('a wrong file is refused as a whole, with file, line and reason', () => {
  const rows: readonly (readonly [text: string, reason: RegExp])[] = [
    ['routes: [', /routes\.yaml:1: /],
    ['a: 1\na: 2', /routes\.yaml:2: .*unique/],
    ['- x', /routes\.yaml: must be/],
    ['route: []', /routes\.yaml:1: route: unknown option; did you mean routes\?/],
    [
      'routes:\n  - hots: a.example',
      /:2: routes\.0\.hots: unknown option; did you mean routes\.0\.host/
    ],
    ['routes:\n  - host: a b\n    app: /x', /:2: routes\.0\.host: "a b" is no host name/],
    [
      'routes:\n  - hosts: [a.example, "*"]\n    app: /x',
      /:2: routes\.0\.hosts\.1: "\*" is no host name/
    ],
    ['routes:\n  - hosts: []\n    app: /x', /hosts: names no host/],
    ['routes:\n  - path: api\n    app: /x', /routes\.0\.path: a path begins with a slash/],
    ['routes:\n  - path: /a/../b\n    app: /x', /segments/],
    ['routes:\n  - host: a.example', /:2: routes\.0: expected either an app or a service/],
    ['routes:\n  - { app: /x, service: y }', /expected either an app or a service/],
    ['routes:\n  - { app: /x, services: [{ app: /y }] }', /services: stands beside/],
    ['routes:\n  - services: [{ weight: 1 }]', /routes\.0\.services\.0: expected either/],
    ['routes:\n  - service: nope', /routes\.0\.service: no service "nope" stands in this file/],
    ['routes:\n  - service: constructor', /no service "constructor"/],
    ['routes:\n  - app: x', /routes\.0\.app: must be an app id such as \/shop\/api/],
    ['routes:\n  - { app: /x, headers: { "a b": c } }', /headers\.a b: is no header name/],
    ['routes:\n  - { app: /x, methods: [get] }', /methods\.0: must be a method in capitals/],
    ['routes:\n  - { app: /x, priority: 1001 }', /routes\.0\.priority/],
    ['routes:\n  - { app: /x, upgrade: h2c }', /routes\.0\.upgrade/],
    [
      'routes:\n  - app: /x\n  - app: /y',
      /:3: routes\.1: routes\.yaml:2 has the same match already/
    ],
    [
      'services:\n  a: { endpoints: [nope] }',
      /:2: services\.a\.endpoints\.0: "nope" is no host:port/
    ],
    ['services:\n  a: { endpoints: ["x:0"] }', /is no host:port/],
    ['services:\n  a: { endpoints: ["x:65536"] }', /is no host:port/],
    ['services:\n  a: { endpoint: [] }', /services\.a\.endpoint: unknown option/],
    ['services:\n  a: {}', /services\.a\.endpoints: is missing/],
    ['services:\n  a: { endpoints: [], picker: hash }', /services\.a\.picker: hash needs to know/],
    [
      'services:\n  a: { endpoints: [], sticky: "a b" }',
      /services\.a\.sticky: expected a cookie name/
    ],
    [
      'services:\n  a: { endpoints: [], timeouts: { idle: 5 } }',
      /services\.a\.timeouts\.idle: must be/
    ],
    ['services:\n  "a b": { endpoints: [] }', /services\.a b: expected a name/],
    ['overrides:\n  - weight: 1', /overrides\.0\.app: is missing/],
    ['overrides:\n  - { app: /x, weight: -1 }', /overrides\.0\.weight/],
    [
      'overrides:\n  - app: /x\n  - app: /x',
      /:3: overrides\.1: routes\.yaml:2 overrides \/x already/
    ]
  ]
  for (const [text, reason] of rows) {
    test(JSON.stringify(text), () => {
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof ConfigError)
          assert.match(error.message, reason)
          assert.ok(error.lines.every((line) => line.startsWith('/etc/gateway/routes.yaml')))
          return true
        }
      )
    })
  }

  test('many faults are told in eleven lines', () => {
    const text = `routes:\n${'  - host: a b\n    app: /x\n'.repeat(40)}`
    assert.throws(
      () => parse(text),
      (error) => error instanceof ConfigError && error.lines.length === 11
    )
  })
})

test('a file: whatever it holds, it is read or refused', () => {
  const word = fc.constantFrom(
    'routes',
    'services',
    'overrides',
    'app',
    '__proto__',
    'constructor',
    'x'
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 4 })
    )
  }))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        tree.map((value) => JSON.stringify(value))
      ),
      (text) => {
        try {
          parse(text)
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error))
        }
      }
    ),
    { numRuns: 500 }
  )
})
