import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { forwardedTarget, rewriteLocation } from '../../../../src/gateway/model/rewrite.ts'
import type { Rewrite, Route } from '../../../../src/gateway/model/route.ts'
import { wireClient } from '../../../../src/plugins/haproxy/agreement/wire-client.ts'
import { readAnswer } from '../../../support/echo-tasks.ts'
import { noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import { renderingOf, routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const skip = noHaproxy
const LONGEST_RUN_MS = 120_000
const SEED = Number(process.env['SEED'] ?? 11)

/** A task that answers with what it saw, and with the fields it is asked for. */
async function startTask(t: TestContext): Promise<number> {
  const server = createServer((req, res) => {
    const { rawHeaders, headers, url } = req
    const asked = rawHeaders.filter((_, at, all) => /^x-say$/i.test(all[at - 1] ?? ''))
    if (asked.length > 0) res.setHeader('Location', asked)
    res.setHeader('Content-Type', 'application/json')
    // Of a text, Node would make UTF-8, and of the head before it, too.
    res.end(Buffer.from(JSON.stringify({ target: url, headers })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** Each rewriting at a host of its own, `r<index>.test`. */
async function stage(t: TestContext, rewrites: readonly Partial<Route>[]) {
  const routes = rewrites.map((more, at) => routeTo(['/a'], { host: `r${at}.test` }, more))
  const services = [serviceOf('/a', [await startTask(t)])]
  const rendering = renderingOf(tableOf(services, routes))
  assert.deepEqual(rendering.notPortable, [])
  return { routes, ...(await startRendered(t, tableOf(services, routes))) }
}

const PATHS = ['/', '/app', '/a/b', '/gr%C3%B6%C3%9Fe', '/a~b!$&()*+,=:@x']
const VHOSTS = ['lb.test', 'www.lb.test', '*.wild.test', '[2001:db8::1]']
const places = fc.constantFrom(
  ...[
    '',
    '/',
    '/app',
    '/app/',
    '/appx',
    '/APP',
    '/a/b',
    '/a/b/c',
    '/a',
    '/x',
    '/gr%C3%B6%C3%9Fe/x'
  ],
  ...[
    '//app',
    '//lb.test/x',
    'x',
    'app/x',
    '../x',
    '.',
    'lb.test',
    'lb.test:80',
    '/a~b!$&()*+,=:@x/y'
  ]
)
const origins = fc.constantFrom(
  ...['', '', '', 'http://lb.test', 'https://lb.test', 'HTTP://LB.TEST', 'http://www.lb.test:8080'],
  ...[
    'https://lb.test:',
    'http://other.test',
    'http://lb.test.',
    'ftp://lb.test',
    'http://',
    'http:'
  ],
  ...['https://u@lb.test', 'http://[2001:db8::1]:81', 'http://x.wild.test', 'http://*.wild.test'],
  ...['http://lb.test:80x', 'http://lb.test?x', 'http://lb.test#x', 'lb.test', 'xhttp://lb.test']
)
const tails = fc.constantFrom(
  '',
  '',
  '?q=/app',
  '#f',
  '?a#b?c',
  '/app',
  '/%zz%2F',
  '/é',
  '/a b, c',
  ';x="y"'
)

test('a Location is what the gateway makes of it', { skip, timeout: LONGEST_RUN_MS }, async (t) => {
  const rewrites = PATHS.map((path): Rewrite => ({ location: { vhosts: VHOSTS, path } }))
  const { port } = await stage(
    t,
    rewrites.map((rewrite) => ({ rewrite }))
  )
  const client = wireClient({ host: '127.0.0.1', port })
  t.after(() => client.close())
  const locations = fc.sample(fc.tuple(fc.nat(PATHS.length - 1), origins, places, tails), {
    numRuns: 1500,
    seed: SEED
  })
  const kinds = { same: 0, other: 0 }
  for (const [at, origin, place, tail] of locations) {
    const said = Buffer.from(`${origin}${place}${tail}`).toString('latin1')
    const request = `GET /x HTTP/1.1\r\nHost: r${at}.test\r\nX-Say: ${said}\r\n\r\n`
    const { head } = await client.ask(request, 'GET')
    const expected = rewriteLocation(said, rewrites[at]?.location ?? assert.fail())
    const actual = /^location: *(.*)$/im.exec(head)?.[1]
    assert.equal(actual, expected, JSON.stringify({ path: PATHS[at], said }))
    kinds[expected === said ? 'same' : 'other'] += 1
  }
  assert.ok(Math.min(kinds.same, kinds.other) > 100, JSON.stringify(kinds))
})

test('an answer without one Location stays as it is', { skip }, async (t) => {
  const { send } = await stage(t, [{ rewrite: { location: { vhosts: [], path: '/app' } } }])
  const locationsFor = async (...said: readonly string[]) => {
    const fields = said.map((value) => `X-Say: ${value}\r\n`).join('')
    const answer = await send(
      `GET / HTTP/1.1\r\nHost: r0.test\r\n${fields}Connection: close\r\n\r\n`
    )
    return [...answer.matchAll(/^location: *(.*)$/gim)].map(([, value]) => value?.trim())
  }
  assert.deepEqual(await locationsFor('/x'), ['/app/x'])
  assert.deepEqual(await locationsFor(), [])
  assert.deepEqual(await locationsFor('/x', '/y'), ['/x', '/y'])
})

const segment = fc.constantFrom(
  ...[
    'a',
    'b',
    'app',
    'x',
    '',
    '.',
    '..',
    '%2e',
    '%61',
    '%2F',
    '%zz',
    '%',
    'a;b',
    "it's",
    '%41pp',
    '...'
  ]
)
/** Paths that are stripped, in spellings that mean the same, and near misses. */
const begins = fc.constantFrom(
  ...['', '', '/app', '//app', '/%61p%70', '/app/', '/appx', '/App', '/a/b', '/a//%62', '/a/%2e/b'],
  ...['/a', '/gr%C3%B6%C3%9Fe', '/gr%c3%b6%c3%9fe', '/a~b!$&()*+,=:@x', '/a%7Eb!$&()*+,=:@x']
)
const targets = fc
  .tuple(
    begins,
    fc.array(segment, { maxLength: 4 }),
    fc.constantFrom('', '/', '?q=/a/b', '?', '/?/app/..')
  )
  .map(([begin, segments, tail]) => `${[begin, ...segments].join('/') || '/'}${tail}`)

test('a target is stripped where the gateway strips it', {
  skip,
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const { routes, port } = await stage(t, [
    ...PATHS.map((stripPath) => ({ rewrite: { stripPath } })),
    { strip: true, rewrite: { stripPath: '/a' } }
  ])
  const client = wireClient({ host: '127.0.0.1', port })
  t.after(() => client.close())
  const asked = fc.sample(fc.tuple(fc.nat(routes.length - 1), targets), {
    numRuns: 1500,
    seed: SEED
  })
  const kinds = { same: 0, other: 0 }
  for (const [at, target] of asked) {
    const route = routes[at] ?? assert.fail()
    const { body } = await client.ask(`GET ${target} HTTP/1.1\r\nHost: r${at}.test\r\n\r\n`, 'GET')
    const expected = forwardedTarget(target, route, '/')
    assert.equal(
      JSON.parse(body).target,
      expected,
      JSON.stringify({ rewrite: route.rewrite, target })
    )
    kinds[expected === target ? 'same' : 'other'] += 1
  }
  assert.ok(Math.min(kinds.same, kinds.other) > 50, JSON.stringify(kinds))
})

test('a task sees the host that its route names, and in X-Forwarded-Host the client’s', {
  skip
}, async (t) => {
  const hosts = ['inner.test', 'inner.test:8080', '[2001:db8::2]', 'under_score.test']
  const { send } = await stage(
    t,
    hosts.map((host) => ({ rewrite: { host } }))
  )
  for (const [at, host] of hosts.entries()) {
    for (const target of ['/', `http://r${at}.test/`]) {
      const raw = `GET ${target} HTTP/1.1\r\nHost: r${at}.test\r\nConnection: close\r\n\r\n`
      const answer = await send(raw)
      const { headers } = JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '{}')
      assert.deepEqual([headers.host, headers['x-forwarded-host']], [host, `r${at}.test`])
    }
  }
})

test('only the root itself is redirected', { skip }, async (t) => {
  const moved = '/a%20b/$&()*+,=:@!~?x=1&y=%2F'
  const { send } = await stage(t, [{ rewrite: { rootRedirect: moved } }])
  const ask = async (target: string) => {
    const raw = `GET ${target} HTTP/1.1\r\nHost: r0.test\r\nConnection: close\r\n\r\n`
    const { status, head } = readAnswer(await send(raw))
    return [status, /^location: *(.*)$/im.exec(head)?.[1]]
  }
  for (const target of ['/', '/?', '/?x=/y', 'http://r0.test/', 'http://r0.test']) {
    assert.deepEqual(await ask(target), [301, moved], target)
  }
  for (const target of ['//', '/x', '/.', '/%2e', '/;']) {
    assert.deepEqual(await ask(target), [200, undefined], target)
  }
})
