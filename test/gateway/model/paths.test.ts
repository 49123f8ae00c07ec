import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  normalisePathPattern,
  pathKey,
  plainPathKey,
  scanPath
} from '../../../src/gateway/model/paths.ts'

const keys: readonly (readonly [target: string, key: string, dots?: true])[] = [
  ['/', '/'],
  ['/a', '/a'],
  ['/a/', '/a'],
  ['/a/b?x=/../y', '/a/b'],
  ['/?/a', '/'],
  ['//a///b', '/a/b'],
  ['/%61%2d%7E', '/a-~'],
  ['/a%2fb', '/a%2Fb'],
  ['/a%2Fb/c', '/a%2Fb/c'],
  ['/%c3%a4', '/%C3%A4'],
  ['/%zz/%4', '/%zz/%4'],
  ['/%2561', '/%2561'],
  ['/%%32F/%41', '/%%32F/A'],
  ['/a/./b', '/a/b', true],
  ['/a/../b', '/b', true],
  ['/a/%2e%2E/b', '/b', true],
  ['/a/.%2e/b', '/b', true],
  ['/../../etc', '/etc', true],
  ['/a/..', '/', true],
  ['/a;/../b', '/b', true],
  ['/admin..', '/admin..'],
  ['/.well-known/x', '/.well-known/x'],
  ['/...', '/...'],
  ['/__proto__/constructor', '/__proto__/constructor']
]

for (const [target, key, dots = false] of keys) {
  test(`pathKey: ${target} is ${key}${dots ? ', with dot segments' : ''}`, () =>
    assert.deepEqual(pathKey(target), { key, dots }))
}

const scans: readonly (readonly [target: string, expected: string])[] = [
  ['/', 'plain'],
  ['/a/b.c/d?%00\\', 'plain'],
  ['/a/', 'plain'],
  ['//a', 'odd'],
  ['/a/../b', 'odd'],
  ['/.well-known', 'odd'],
  ['/%41', 'odd'],
  ['/%zz', 'odd'],
  ['/%5', 'odd'],
  ['/a\\b', 'refused'],
  ['/a%5cb', 'refused'],
  ['/a%5Cb', 'refused'],
  ['/a%00', 'refused'],
  ['//%00', 'refused']
]

for (const [target, expected] of scans) {
  test(`scanPath: ${target} is ${expected}`, () => assert.equal(scanPath(target), expected))
}

const patterns: readonly (readonly [raw: string, expected: string | RegExp])[] = [
  ['/', '/'],
  ['/api/', '/api'],
  ['//api//v1', '/api/v1'],
  ['/%61pi', '/api'],
  ['/caf\u00e9', '/caf%C3%A9'],
  ['/a%2fb', '/a%2Fb'],
  ['/~user/(x);v=1@:,', '/~user/(x);v=1@:,'],
  ['', /begins with a slash/],
  ['api', /begins with a slash/],
  ['/a?b', /only hold percent-encoded/],
  ['/a#b', /only hold percent-encoded/],
  ['/a b', /only hold percent-encoded/],
  ['/a%zz', /only hold percent-encoded/],
  ['/a\\b', /backslash/],
  ['/a%00', /backslash and no %00/],
  ['/a/../b', /`\.\.` segments/],
  ['/a/%2e', /`\.\.` segments/],
  ['/\ud800', /half a character/],
  [`/${'a'.repeat(1024)}`, /up to 1024/]
]

for (const [raw, expected] of patterns) {
  test(`normalisePathPattern: ${JSON.stringify(raw.slice(0, 40))} gives ${expected}`, () => {
    const result = normalisePathPattern(raw)
    if (typeof expected === 'string') assert.deepEqual(result, { key: expected })
    else assert.match('problem' in result ? result.problem : '', expected)
  })
}

const piece = fc.constantFrom(
  '/',
  '.',
  '..',
  '%2e',
  '%2F',
  '%41',
  'a',
  'B',
  '%zz',
  '%',
  '?',
  ';',
  '//'
)
const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`)

test('pathKey: never throws and is its own normal form', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        target,
        fc.string().map((text) => `/${text}`)
      ),
      (raw) => {
        const { key } = pathKey(raw)
        assert.ok(key.startsWith('/'))
        assert.deepEqual(pathKey(key), { key, dots: false })
        assert.ok(!key.includes('//') && (key === '/' || !key.endsWith('/')))
      }
    ),
    { numRuns: 2000 }
  )
})

test('plainPathKey: agrees with pathKey on all targets that need no normalisation', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        target,
        fc.webPath().map((path) => `/${path}`)
      ),
      (raw) => {
        if (scanPath(raw) === 'plain') assert.equal(plainPathKey(raw), pathKey(raw).key)
      }
    ),
    { numRuns: 2000 }
  )
})

test('normalisePathPattern: never throws, and a key is a pattern of itself', () => {
  fc.assert(
    fc.property(fc.oneof(target, fc.string({ unit: 'binary' })), (raw) => {
      const result = normalisePathPattern(raw)
      if ('key' in result) assert.deepEqual(normalisePathPattern(result.key), result)
    }),
    { numRuns: 2000 }
  )
})
