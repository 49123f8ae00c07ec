import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rewrite } from '../../../../src/gateway/model/route.ts'
import {
  mapOf,
  renderingOf,
  routeTo,
  serviceOf,
  tableOf
} from '../../../support/rendered-tables.ts'

/** What a plugin could say, past every check of labels. */
const unsayable: readonly { name: string; rewrite: unknown }[] = [
  { name: 'a host with a space', rewrite: { host: 'a b' } },
  { name: 'a host with a variable', rewrite: { host: '%[src]' } },
  { name: 'an empty host', rewrite: { host: '' } },
  { name: 'a path with a quote', rewrite: { stripPath: "/it's" } },
  { name: 'a path with a line feed', rewrite: { stripPath: '/a\nb' } },
  { name: 'a path with a semicolon', rewrite: { stripPath: '/a;b' } },
  { name: 'a path that is too long', rewrite: { stripPath: `/${'a'.repeat(600)}` } },
  { name: 'a path that is none', rewrite: { location: { vhosts: [], path: 'x' } } },
  { name: 'a vhost with a brace', rewrite: { location: { vhosts: ['a.test', '}'], path: '/x' } } },
  { name: 'a redirect to another host', rewrite: { rootRedirect: '//evil.test/' } },
  { name: 'a redirect with a backslash', rewrite: { rootRedirect: '/\\evil.test' } },
  { name: 'a part that is new', rewrite: { body: 'x' } }
]

for (const { name, rewrite } of unsayable) {
  test(`rewriting that can’t be said is left out, or for the gateway: ${name}`, () => {
    const route = routeTo(['/a'], {}, { rewrite: rewrite as Rewrite })
    const table = tableOf([serviceOf('/a', [1])], [route])
    const rendering = renderingOf(table)
    assert.match(mapOf(rendering, 'routes.map')['*/'] ?? '', /^marathon:a:0__rewrite_/)
    assert.match(rendering.notPortable[0]?.reason ?? '', /rewriting \(\w+\); HAProxy does without$/)
    const backed = renderingOf(table, { fallback: '/run/gateway.sock' })
    assert.equal(mapOf(backed, 'routes.map')['*/'], 'gateway.fallback')
  })
}
