import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BasicAuth, Guard } from '../../../../src/gateway/model/route.ts'
import type { RenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { createUserLists } from '../../../../src/plugins/haproxy/render/user-lists.ts'
import {
  mapOf,
  renderingOf,
  routeTo,
  serviceOf,
  tableOf
} from '../../../support/rendered-tables.ts'

const HASH = '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9'
const AUTH: BasicAuth = {
  realm: 'shop',
  users: [
    { name: 'ann', hash: HASH },
    { name: 'bob', hash: HASH }
  ]
}
const TRUSTED = { trustedProxies: ['127.0.0.1'] }

/** What a plugin or a file could say, past every check of labels. */
const unsayable: readonly { name: string; guard: unknown; options?: Partial<RenderOptions> }[] = [
  { name: 'a network that is none', guard: { networks: ['10.0.0.0/33'] } },
  { name: 'a network with a space', guard: { networks: ['10.0.0.0/8', '::/0 -f /etc/passwd'] } },
  { name: 'too many networks', guard: { networks: Array(257).fill('10.0.0.1') } },
  { name: 'a redirect without TLS', guard: { https: 'redirect' } },
  { name: 'another wish for https', guard: { https: 'maybe' }, options: TRUSTED },
  { name: 'a realm with a quote', guard: { auth: { ...AUTH, realm: 'a"b' } } },
  { name: 'a user with a space', guard: { auth: userOf('a b', HASH) } },
  { name: 'a user like a mark of ours', guard: { auth: userOf('@folder@', HASH) } },
  {
    name: 'a user that is there twice',
    guard: { auth: { realm: 'r', users: [...AUTH.users, ...AUTH.users] } }
  },
  { name: 'a plain password', guard: { auth: userOf('ann', 'secret') } },
  {
    name: 'a hash of another kind',
    guard: { auth: userOf('ann', '$1$ab$Fmz8t/0UXbTRYQ9CpnPTF.') }
  },
  { name: 'a hash that takes long', guard: { auth: userOf('ann', HASH.replace('1000', '20001')) } },
  { name: 'a password, and no crypt(3)', guard: { auth: AUTH }, options: { passwords: false } },
  { name: 'a part that is new', guard: { captcha: true } }
]

function userOf(name: string, hash: string): BasicAuth {
  return { realm: 'r', users: [{ name, hash }] }
}

for (const { name, guard, options = {} } of unsayable) {
  test(`guards that can’t be said close the route: ${name}`, () => {
    const route = routeTo(['/a'], {}, { guard: guard as Guard })
    const table = tableOf([serviceOf('/a', [1])], [route])
    const rendering = renderingOf(table, options)
    assert.equal(mapOf(rendering, 'routes.map')['*/'], 'gateway.closed')
    assert.equal(rendering.notPortable.length, 1)
    const backed = renderingOf(table, { ...options, fallback: '/run/gateway.sock' })
    assert.equal(mapOf(backed, 'routes.map')['*/'], 'gateway.fallback')
  })
}

test('routes of other guards have other backends, and equal users are one list', () => {
  const guards: Guard[] = [
    {},
    { networks: ['10.0.0.0/8', '10.0.0.0/8', '::1'] },
    { networks: ['::1', '10.0.0.0/8'] },
    { networks: ['10.0.0.0/9'] },
    { auth: AUTH },
    { auth: { ...AUTH, realm: 'other' } },
    { auth: { ...AUTH, users: AUTH.users.slice(1) } }
  ]
  const routes = guards.map((guard, at) => routeTo(['/a'], { host: `h${at}.test` }, { guard }))
  const rendering = renderingOf(tableOf([serviceOf('/a', [1])], routes))
  const map = mapOf(rendering, 'routes.map')
  const names = guards.map((_, at) => map[`h${at}.test/`])
  assert.equal(names[1], names[2])
  assert.equal(new Set(names).size, guards.length - 1)
  const lists = rendering.desired.structure.filter((line) => line.startsWith('userlist '))
  assert.equal(lists.length, 2)
  assert.deepEqual(lists, [...lists].sort())
})

test('there is an end to the hashes that HAProxy computes when it reads its file', () => {
  const lists = createUserLists(2500)
  const user = (at: number) => userOf(`u${at}`, HASH)
  assert.deepEqual(
    [1, 2, 1].map((at) => lists.take(user(at))),
    [undefined, undefined, undefined]
  )
  assert.equal(typeof lists.take(user(3)), 'string')
  assert.equal(lists.sections.length, 2)
})
