import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pathKey } from '../../../src/gateway/model/paths.ts'
import { stripTarget } from '../../../src/gateway/model/resolve.ts'

const cases: readonly (readonly [target: string, key: string, expected: string])[] = [
  ['/myapp', '/myapp', '/'],
  ['/myapp/', '/myapp', '/'],
  ['/myapp?x=1', '/myapp', '/?x=1'],
  ['/myapp/?x=1', '/myapp', '/?x=1'],
  ['/myapp/a/b?x=/y', '/myapp', '/a/b?x=/y'],
  ['/a//b/c', '/a/b', '/c'],
  ['//a/b//c//d/', '/a/b', '/c//d/'],
  ['/%61/b%2Fc/%zz', '/a', '/b%2Fc/%zz'],
  ['/x', '/', '/x'],
  ['//x', '/', '//x'],
  ['/a//evil.example/', '/a', '/evil.example/']
]

for (const [target, key, expected] of cases) {
  test(`stripTarget: ${target} without ${key} is ${expected}`, () =>
    assert.equal(stripTarget(target, key), expected))
}

test('stripTarget: what is left begins with one slash and has the rest of the key', () => {
  const segment = fc.constantFrom('a', 'b', '%41', 'c%2Fd')
  const border = fc.constantFrom('/', '//', '///')
  const parts = fc.array(fc.tuple(border, segment), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(parts, fc.nat(5), fc.constantFrom('', '/', '?q=//a'), (list, count, end) => {
      const target = list.map(([slash, name]) => slash + name).join('') + end
      const segments = pathKey(target).key.split('/').slice(1)
      const cut = Math.min(count + 1, segments.length)
      const left = stripTarget(target, `/${segments.slice(0, cut).join('/')}`)
      assert.match(left, /^\/(?!\/)/)
      assert.equal(pathKey(left).key, `/${segments.slice(cut).join('/')}`)
      assert.ok(left.endsWith(end === '/' ? '/' : end))
    }),
    { numRuns: 1000 }
  )
})
