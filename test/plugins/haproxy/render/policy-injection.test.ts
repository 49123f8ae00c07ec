import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { App } from '../../../../src/gateway/model/app.ts'
import type { Guard, Rewrite, Route } from '../../../../src/gateway/model/route.ts'
import { buildTable, emptyTable } from '../../../../src/gateway/model/table.ts'
import type { RenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { app, compileApps, port, task } from '../../../support/apps.ts'
import { orRight, hostileText as text } from '../../../support/hostile-text.ts'
import { checkRendered, noHaproxy } from '../../../support/rendered-haproxy.ts'
import { strangeLines } from '../../../support/rendered-lines.ts'
import { mapOf, renderingOf, routeTo, serviceOf } from '../../../support/rendered-tables.ts'

const options: Partial<RenderOptions> = { trustedProxies: ['10.0.0.0/8', '::1'] }
const empty = renderingOf(emptyTable(), options).desired
const HASHES = [
  '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9',
  '$6$ab$xnh5Qsr2NdbFw1PgdZie7nLON3gv.S.23iQDBqAzkdoXPtDnVSpludXkM5UWybQO3OI7hBj9wHg9Ow6sUWD60/'
] as const
const BATCH = 250
const LONGEST_RUN_MS = 300_000
const SEED = Number(process.env['SEED'] ?? 5)

const user = fc
  .tuple(orRight('shop'), orRight('ann', 'b.b@x', '-', 'password'), orRight(...HASHES))
  .map((parts) => parts.join(':'))
const labels = fc.record(
  {
    'gateway.networks': orRight('10.0.0.0/8', '::1, 192.0.2.1', '0.0.0.0/0 ::/0', '::ffff:1.2.3.4'),
    'gateway.auth': fc.oneof(
      user,
      fc.array(user, { maxLength: 3 }).map((users) => users.join(' ')),
      fc.constantFrom(`shop:ann:${HASHES[0]}`, `s-h.o_p:@folder@:${HASHES[1]}`)
    ),
    'gateway.https': orRight('redirect'),
    'gateway.hsts': orRight('60'),
    HAPROXY_0_VHOST: orRight('a.example.com', 'b.test,c.test'),
    HAPROXY_0_PATH: orRight('/api', '/a%20b'),
    HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: orRight('/api', '/größe', "/a'b", '/a;b', '/$&()*%41'),
    HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: orRight('/api', '/größe', "/a'b", '/a;b', '/', '/a,b%2F'),
    HAPROXY_0_HTTP_BACKEND_REDIR: orRight('/x', '/x?a=%20&b=$c;d', '/%[src]', "/a'b")
  },
  { requiredKeys: [] }
)

/** Apps of one host would keep each other out. */
function appOf(said: Readonly<Record<string, string | undefined>>, index: number): App {
  const given = Object.entries(said).filter((one): one is [string, string] => one[1] !== undefined)
  const hosts = said['HAPROXY_0_VHOST']?.replaceAll('.', `${index}.`)
  return app({
    id: `/app-${index}`,
    labels: { ...Object.fromEntries(given), ...(hosts && { HAPROXY_0_VHOST: hosts }) },
    ports: [port({})],
    tasks: [task({ id: `a.${index}`, host: '10.0.0.1', ports: [31_000] })]
  })
}

test('labels of guards and rewritings bring no line of their own', {
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const all = fc.sample(labels, { numRuns: 4000, seed: SEED }).map(appOf)
  const found = new Map<string, number>()
  for (let at = 0; at < all.length; at += BATCH) {
    const { data } = compileApps(all.slice(at, at + BATCH))
    const { desired } = renderingOf(buildTable(data), options)
    assert.deepEqual(strangeLines(desired, empty), [])
    if (noHaproxy === undefined) checkRendered(t, desired)
    for (const line of desired.backends.flatMap(({ settings }) => settings)) {
      const kind = /^acl network|status 301|status 401|own-place|replace-uri|Host/.exec(line)?.[0]
      if (kind !== undefined) found.set(kind, (found.get(kind) ?? 0) + 1)
    }
  }
  assert.equal(found.size, 6)
  assert.ok(Math.min(...found.values()) > 50, JSON.stringify([...found]))
})

const guards: fc.Arbitrary<Guard> = fc.record(
  {
    networks: fc.array(orRight('10.0.0.0/8', '::1', '::/0', '1.2.3.4'), { maxLength: 3 }),
    https: orRight('redirect') as fc.Arbitrary<'redirect'>,
    auth: fc.record({
      realm: orRight('shop'),
      users: fc.array(fc.record({ name: orRight('ann', 'bob'), hash: orRight(...HASHES) }), {
        maxLength: 2
      })
    })
  },
  { requiredKeys: [] }
)
const path = fc.oneof(
  text.map((rest) => `/${rest}`),
  orRight('/api', '/a%20b', '/$(x);y')
)
const rewrites: fc.Arbitrary<Rewrite> = fc.record(
  {
    host: orRight('a.test', 'a.test:80', '[::1]'),
    stripPath: path,
    location: fc.record({
      vhosts: fc.array(orRight('a.test', '*.a.test', '[::1]'), { maxLength: 2 }),
      path
    }),
    rootRedirect: path
  },
  { requiredKeys: [] }
)

test('hostile guards and rewritings of a plugin bring no line either', {
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const all = fc.sample(fc.tuple(guards, rewrites), { numRuns: 2000, seed: SEED })
  let closed = 0
  let served = 0
  for (let at = 0; at < all.length; at += BATCH) {
    const routes = all
      .slice(at, at + BATCH)
      .map(
        ([guard, rewrite], index): Route =>
          routeTo(['/a'], { host: `h${index}.test` }, { guard, rewrite, hsts: Number.NaN })
      )
    const rendering = renderingOf(buildTable({ routes, services: [serviceOf('/a', [1])] }), options)
    assert.deepEqual(strangeLines(rendering.desired, empty), [])
    if (noHaproxy === undefined) checkRendered(t, rendering.desired)
    for (const target of Object.values(mapOf(rendering, 'routes.map'))) {
      if (target === 'gateway.closed') closed += 1
      else served += 1
    }
  }
  assert.ok(closed > 200 && served > 200, `${closed} closed, ${served} served`)
})
