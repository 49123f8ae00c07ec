import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forwardedTarget, rewriteLocation } from '../../../src/gateway/model/rewrite.ts'

const targets = [
  { name: 'below the path', target: '/a/b/c?x=1', expect: '/c?x=1' },
  { name: 'at the path', target: '/a//%62?x', expect: '/?x' },
  { name: 'beside the path', target: '/a/bc', expect: '/a/bc' },
  { name: 'elsewhere', target: '/x/a/b', expect: '/x/a/b' },
  { name: 'a dot segment within', target: '/a/./b/c', expect: '/a/./b/c' },
  { name: 'a segment that another one removes', target: '/x/%2e%2E/a/b', expect: '/x/%2e%2E/a/b' }
]

for (const { name, target, expect } of targets) {
  test(`a stripped path: ${name}`, () => {
    const route = { strip: false, rewrite: { stripPath: '/a/b' } }
    assert.equal(forwardedTarget(target, route, '/'), expect)
  })
}

test('the path of a stripping route goes before that of a rewriting', () => {
  const route = { strip: true, rewrite: { stripPath: '/a/b' } }
  assert.equal(forwardedTarget('/a/b/c', route, '/a'), '/b/c')
})

const locations = [
  { name: 'a path', value: '/x?q#f', expect: '/app/x?q#f' },
  { name: 'a path that is below already', value: '/app/x', expect: '/app/x' },
  { name: 'the path itself', value: '/app?q', expect: '/app?q' },
  { name: 'a path that only begins alike', value: '/apple', expect: '/app/apple' },
  { name: 'an own host', value: 'HTTPS://LB.test:8443/x', expect: '/app/x' },
  { name: 'another host', value: 'https://other.test/x', expect: 'https://other.test/x' },
  { name: 'an own host without a path', value: 'http://lb.test', expect: 'http://lb.test' },
  { name: 'a relative reference', value: 'x', expect: 'x' },
  { name: 'a host without a scheme', value: '//lb.test/x', expect: '//lb.test/x' }
]

for (const { name, value, expect } of locations) {
  test(`a Location with a path in front: ${name}`, () => {
    assert.equal(rewriteLocation(value, { vhosts: ['lb.test'], path: '/app' }), expect)
  })
}
