import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { gatewayErrors } from '../../../../src/gateway/http/errors.ts'
import { cleanHead } from '../../../../src/gateway/http/hygiene.ts'
import { resolve, stripTarget } from '../../../../src/gateway/model/resolve.ts'
import type { Route } from '../../../../src/gateway/model/route.ts'
import { buildTable, type Table } from '../../../../src/gateway/model/table.ts'
import { readAnswer, startEchoTasks } from '../../../support/echo-tasks.ts'
import { noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

/** Apps of the table under test, by what they answer for. */
const ROUTES: readonly Route[] = [
  routeTo(['/shop'], { host: 'shop.example.com' }),
  routeTo(['/api'], { host: 'shop.example.com', path: '/api' }, { strip: true }),
  routeTo(['/v1'], { host: 'shop.example.com', path: '/api/v1' }, { strip: true }),
  routeTo(['/odd'], { host: 'shop.example.com', path: '/%2F/a~b' }),
  routeTo(['/only'], { host: 'only.example.com', path: '/only' }),
  routeTo(['/root'], { host: 'root.example.com' }),
  routeTo(['/wild'], { host: '*.example.com', path: '/wild' }),
  routeTo(['/deep'], { host: '*.shop.example.com' }),
  routeTo(['/any'], { path: '/any' }, { strip: true }),
  routeTo(['/literal'], { host: '[2001:db8::1]' }),
  routeTo(['/mapped'], { host: '[::ffff:a00:7]' }),
  routeTo(['/address'], { host: '10.0.0.7' }),
  routeTo(['/empty'], { host: 'empty.example.com' }),
  routeTo(['/canary'], { host: 'canary.test', headers: { 'x-canary': '1' } }),
  routeTo(['/stable'], { host: 'canary.test' }),
  routeTo(['/reader'], { host: 'canary.test', path: '/api', methods: ['GET'] }),
  routeTo(['/writer'], { host: 'writer.test', methods: ['POST', 'PUT'] }),
  routeTo(['/closed'], { host: 'closed.test' }, { closed: 'for a test' })
]
const APPS = ROUTES.flatMap(({ services }) => services.map(({ service }) => service.slice(9, -2)))

const goodHosts = fc.constantFrom(
  ...ROUTES.flatMap(({ match }) => match.host?.replace('*', 'sub') ?? 'unknown.test'),
  ...['x.example.com', 'example.com', 'a.b.shop.example.com', 'localhost', '127.0.0.1'],
  ...['[2001:0DB8:0:0::1]', '[2001:db8::2]', '[::ffff:10.0.0.7]', '[::10.0.0.7]', '[2002:a00:7::]']
)
const badHosts = fc.constantFrom(
  ...['bad host', 'a..b', '*.example.com', '', '[::1', '[1.2.3.4]', 'u@shop.example.com', 'a,b'],
  ...['é.de', `${'a'.repeat(64)}.test`, `${'a.'.repeat(127)}`]
)
const hostSpelling = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: goodHosts }, { weight: 1, arbitrary: badHosts }),
    fc.constantFrom('', '', '.'),
    fc.constantFrom('', '', '', ':80', ':8080', ':0', ':', ':65536', ':x'),
    fc.boolean()
  )
  .map(([host, dot, port, upper]) => {
    const text = `${host}${host.startsWith('[') ? '' : dot}${port}`
    return upper ? text.toUpperCase() : text
  })
/** Whole paths of routes in spellings that mean the same, and near misses. */
const places = fc.constantFrom(
  ...['', '', '/api', '/%61p%69', '//api', '/api/v1', '/api//%761', '/any', '/wild', '/only'],
  ...['/%2f/a~b', '/%2F/a%7eb', '/%2F/a~bc', '/apix', '/API', '/api%2fv1', '/%zz/api', '/api/%']
)
const segment = fc.constantFrom(
  ...['api', 'v1', 'x', '', 'wild', 'any', '.', '..', '%2e', '%2E%2e', '.%2e', '...', '.a', '%41'],
  ...[
    '%',
    '%4',
    '%%32F',
    '%25',
    '%zz',
    'x%00',
    '%5c',
    ';a=1',
    "'",
    '"',
    '<',
    '\\',
    '[',
    ':',
    '*',
    '^'
  ]
)
const path = fc
  .tuple(
    places,
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(segment, { maxLength: 4 })),
    fc.boolean(),
    fc.constantFrom('', '', '?', '?a=%2e%2e/../', '?/api', '?a?b//', '?%zz')
  )
  .map(([place, segments, slash, query]) => {
    const all = [place, ...segments].join('/')
    return `${all.startsWith('/') ? '' : '/'}${all}${slash ? '/' : ''}${query}`
  })
const requests = fc.record({
  host: hostSpelling,
  target: path,
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'TRACE'),
  canary: fc.constantFrom(undefined, undefined, '1', '2', '1, 1'),
  absolute: fc.constantFrom(false, false, false, true)
})
type Asked = typeof requests extends fc.Arbitrary<infer One> ? One : never

const LIMITS = { maxTargetBytes: 8192, maxFields: 200 }
const LONGEST_RUN_MS = 120_000

test('HAProxy chooses what the table chooses', {
  skip: noHaproxy,
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const { table, send } = await stage(t)
  const seed = Number(process.env['SEED'] ?? 20_240_607)
  const asked = fc.sample(
    // A known laxity: HAProxy drops the empty port of an absolute target.
    requests.filter(({ host, absolute }) => !(absolute && host.endsWith(':'))),
    { numRuns: Number(process.env['RUNS'] ?? 1500), seed }
  )
  const kinds = new Map<string, number>()
  const differences: string[] = []
  for (const one of asked) {
    const expected = expectationOf(table, one)
    const actual = await answerTo(send, one)
    kinds.set(kindOf(expected), (kinds.get(kindOf(expected)) ?? 0) + 1)
    if (!agrees(actual, expected)) differences.push(JSON.stringify({ ...one, expected, actual }))
  }
  assert.deepEqual(differences.slice(0, 10), [])
  // A corpus of refusals only would prove little.
  for (const app of APPS.filter((name) => name !== '/empty' && name !== '/closed')) {
    assert.ok((kinds.get(app) ?? 0) > 0, `no request led to ${app}`)
  }
  for (const code of [
    'GW_NO_ROUTE',
    'GW_NO_ENDPOINT',
    'GW_GUARD_INVALID',
    'GW_BAD_HOST',
    'GW_BAD_PATH'
  ]) {
    assert.ok((kinds.get(code) ?? 0) > 0, `no request was answered with ${code}`)
  }
})

interface Expectation {
  readonly bad?: number
  readonly code?: string | undefined
  readonly app?: string | undefined
  readonly target?: string | undefined
}

async function stage(t: TestContext) {
  const ports = await startEchoTasks(
    t,
    APPS.filter((app) => app !== '/empty')
  )
  const services = APPS.map((app) => serviceOf(app, [ports.get(app) ?? []].flat()))
  const table = tableOf(services, ROUTES)
  return { table, ...(await startRendered(t, table)) }
}

/** Of several faults of one request, the planes may name different ones. */
function agrees(actual: Expectation, expected: Expectation): boolean {
  const { app, code, target } = expected
  if (actual.bad === 400) return /GW_(BAD|METHOD)_/.test(code ?? '')
  const bothBad = [actual.code, code].every((one) => one?.startsWith('GW_BAD_'))
  return bothBad || (actual.app === app && actual.code === code && actual.target === target)
}

function kindOf({ app, code }: Expectation): string {
  return app ?? code ?? ''
}

/** What the proxy plane does with it (`plugins/proxy/intake.ts`). */
function expectationOf(
  table: Table,
  { host, target, method, canary, absolute }: Asked
): Expectation {
  const rawHeaders = ['Host', host, ...(canary === undefined ? [] : ['X-Canary', canary])]
  const head = {
    method,
    target: absolute ? `http://${host}${target}` : target,
    httpVersion: '1.1',
    rawHeaders
  }
  const clean = cleanHead(head, LIMITS)
  if (typeof clean === 'string') return { code: gatewayErrors[clean].code }
  const found = resolve(table, {
    ...clean,
    method,
    header: (name) => (name === 'x-canary' ? canary : undefined)
  })
  if (found.kind === 'refused') return { code: gatewayErrors[found.error].code }
  if (found.kind === 'none') return { code: 'GW_NO_ROUTE' }
  const { route, key } = found
  if (route.closed !== undefined) return { code: 'GW_GUARD_INVALID' }
  const app = route.services[0]?.service.slice(9, -2)
  if (app === '/empty') return { code: 'GW_NO_ENDPOINT' }
  return { app, target: route.strip ? stripTarget(clean.target, key) : clean.target }
}

async function answerTo(send: (raw: string) => Promise<string>, one: Asked): Promise<Expectation> {
  const { method, host, canary, absolute } = one
  const target = absolute ? `http://${host}${one.target}` : one.target
  const fields = [`Host: ${host}`, ...(canary === undefined ? [] : [`X-Canary: ${canary}`])]
  const raw = [`${method} ${target} HTTP/1.1`, ...fields, 'Connection: close', '', ''].join('\r\n')
  const { seen, code, status } = readAnswer(await send(raw))
  // HAProxy's parser says only that a request is bad, not what of it.
  if (seen === undefined) return code === undefined ? { bad: status } : { code }
  return { app: seen.task, target: seen.target }
}

test('X-Marathon-App-Id leads to its app on listeners that obey it, and nowhere else', {
  skip: noHaproxy
}, async (t) => {
  const ports = await startEchoTasks(t, ['/a', '/b'])
  const services = [...ports].map(([app, port]) => serviceOf(app, [port]))
  const table = buildTable({
    services,
    routes: [routeTo(['/a'], { host: 'a.test' })],
    appRoutes: [{ app: '/b', route: routeTo(['/b'], {}) }]
  })
  const ask = async (obeyed: boolean, ids: readonly string[], target = '/') => {
    const { send } = await startRendered(t, table, { appIdHeader: obeyed })
    const fields = ['Host: a.test', ...ids.map((id) => `X-Marathon-App-Id: ${id}`)]
    const raw = [`GET ${target} HTTP/1.1`, ...fields, 'Connection: close', '', ''].join('\r\n')
    const { seen, code } = readAnswer(await send(raw))
    return seen?.task ?? code
  }
  assert.equal(await ask(true, ['/b'], '/x/../y'), '/b')
  assert.equal(await ask(true, ['/unknown']), 'GW_NO_ROUTE')
  assert.equal(await ask(true, ['/b', '/b']), 'GW_NO_ROUTE')
  assert.equal(await ask(true, []), '/a')
  assert.equal(await ask(false, ['/b']), '/a')
})
